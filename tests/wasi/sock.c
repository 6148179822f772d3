/* Sockets, where there are none: what the calls of them say of the descriptors 0 to 3. */
#include "guest.h"

int main(void) {
  __wasi_fd_t fd, accepted;
  for (fd = 0; fd < 4; fd++) {
    uint8_t byte = 'x';
    const __wasi_iovec_t in = {&byte, 1};
    const __wasi_ciovec_t out = {&byte, 1};
    __wasi_size_t done;
    __wasi_roflags_t flags;
    printf("%d ", fd);
    step("accept", __wasi_sock_accept(fd, 0, &accepted));
    printf("%d ", fd);
    step("recv", __wasi_sock_recv(fd, &in, 1, 0, &done, &flags));
    printf("%d ", fd);
    step("send", __wasi_sock_send(fd, &out, 1, 0, &done));
    printf("%d ", fd);
    step("shutdown", __wasi_sock_shutdown(fd, __WASI_SDFLAGS_RD | __WASI_SDFLAGS_WR));
  }
  return 0;
}
