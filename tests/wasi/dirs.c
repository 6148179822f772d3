/* All that can be done with directories and links, in the empty one that is the first argument. */
#include "guest.h"

#include <dirent.h>

static __wasi_fd_t dir;

static void make(const char *what, const char *path) {
  __wasi_fd_t fd = -1;
  if (step(what, open_at(dir, path, __WASI_OFLAGS_CREAT, TO_WRITE, 0, &fd))) {
    step("close", __wasi_fd_close(fd));
  }
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Prints the sorted names of a directory as the C library finds them. */
static void list(const char *path) {
  char *names[32];
  size_t len = 0, i;
  struct dirent *entry;
  DIR *listed = fdopendir(openat(dir, path, O_RDONLY | O_DIRECTORY));
  if (listed == NULL) {
    fail(path, error_name(errno));
  }
  while (len < 32 && (entry = readdir(listed)) != NULL) {
    names[len++] = strdup(entry->d_name);
  }
  closedir(listed);
  qsort(names, len, sizeof names[0], by_name);
  printf("names in %s:", path);
  for (i = 0; i < len; i++) {
    printf(" %s", names[i]);
    free(names[i]);
  }
  printf("\n");
}

/* Counts the entries of each type with a buffer that holds about one, so that each call goes on at a cookie. */
static void list_in_pieces(const char *path) {
  uint8_t buffer[sizeof(__wasi_dirent_t) + 8];
  __wasi_dirent_t entry;
  __wasi_dircookie_t cookie = 0;
  __wasi_size_t used = 0;
  __wasi_fd_t fd = -1;
  int code = open_at(dir, path, __WASI_OFLAGS_DIRECTORY, TO_LIST, 0, &fd);
  int counts[8] = {0};
  while (code == 0 && (code = __wasi_fd_readdir(fd, buffer, sizeof buffer, cookie, &used)) == 0) {
    if (used < sizeof entry) {
      break;
    }
    memcpy(&entry, buffer, sizeof entry);
    counts[entry.d_type % 8]++;
    cookie = entry.d_next;
  }
  step("readdir in pieces", code);
  printf("  %d directories, %d files, %d links\n", counts[__WASI_FILETYPE_DIRECTORY],
         counts[__WASI_FILETYPE_REGULAR_FILE], counts[__WASI_FILETYPE_SYMBOLIC_LINK]);
  step("close", __wasi_fd_close(fd));
}

static void stat_step(const char *what, const char *path, int follow) {
  __wasi_filestat_t stat;
  const int code = __wasi_path_filestat_get(dir, follow ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0, path, &stat);
  if (code != 0) {
    step(what, code);
  } else {
    printf("%s: %s\n", what, file_type(stat.filetype));
  }
}

static void readlink_step(const char *what, const char *path, size_t len) {
  uint8_t target[32];
  __wasi_size_t used = 0;
  const int code = __wasi_path_readlink(dir, path, target, len, &used);
  if (code != 0) {
    step(what, code);
  } else {
    printf("%s: \"%.*s\"\n", what, (int)used, (const char *)target);
  }
}

static void directories(void) {
  __wasi_size_t used;
  uint8_t buffer[64];
  __wasi_fd_t fd = -1;
  step("mkdir a", __wasi_path_create_directory(dir, "a"));
  step("mkdir a again", __wasi_path_create_directory(dir, "a"));
  step("mkdir a/b", __wasi_path_create_directory(dir, "a/b"));
  step("mkdir c/d", __wasi_path_create_directory(dir, "c/d"));
  make("create a/file", "a/file");
  make("create a/other", "a/other");
  make("create a", "a");
  list(".");
  list("a");
  stat_step("stat a", "a", 0);
  stat_step("stat a/file", "a/file", 0);
  stat_step("stat a/file/", "a/file/", 0);
  stat_step("stat a/none", "a/none", 0);
  stat_step("stat of no name", "", 0);
  step("open a/file", open_at(dir, "a/file", 0, TO_READ, 0, &fd));
  step("readdir of a file", __wasi_fd_readdir(fd, buffer, sizeof buffer, 0, &used));
  step("close", __wasi_fd_close(fd));
}

static void renames(void) {
  step("rename a/file to a/moved", __wasi_path_rename(dir, "a/file", dir, "a/moved"));
  step("rename a/file again", __wasi_path_rename(dir, "a/file", dir, "a/moved"));
  step("rename a/other to a/moved", __wasi_path_rename(dir, "a/other", dir, "a/moved"));
  step("rename a/b to b", __wasi_path_rename(dir, "a/b", dir, "b"));
  step("rename b to a", __wasi_path_rename(dir, "b", dir, "a"));
  step("rename a/moved to b", __wasi_path_rename(dir, "a/moved", dir, "b"));
  step("rename a into itself", __wasi_path_rename(dir, "a", dir, "a/a"));
}

static void links(void) {
  __wasi_fd_t fd = -1;
  step("link a/moved to a/same", __wasi_path_link(dir, 0, "a/moved", dir, "a/same"));
  step("link a/moved again", __wasi_path_link(dir, 0, "a/moved", dir, "a/same"));
  step("link a directory", __wasi_path_link(dir, 0, "a", dir, "c"));
  step("symlink to moved", __wasi_path_symlink("moved", dir, "a/link"));
  step("symlink again", __wasi_path_symlink("moved", dir, "a/link"));
  step("symlink to none", __wasi_path_symlink("none", dir, "a/lost"));
  step("symlink to itself", __wasi_path_symlink("loop", dir, "a/loop"));
  step("symlink to /", __wasi_path_symlink("/", dir, "a/root"));
  readlink_step("readlink", "a/link", 32);
  readlink_step("readlink into 3 bytes", "a/link", 3);
  readlink_step("readlink of a file", "a/moved", 32);
  stat_step("stat of the link", "a/link", 0);
  stat_step("stat through the link", "a/link", 1);
  stat_step("stat through the lost link", "a/lost", 1);
  stat_step("stat through the loop", "a/loop", 1);
  step("open the link", open_at(dir, "a/link", 0, TO_READ, 0, &fd));
  list("a");
  list_in_pieces("a");
}

static void removals(void) {
  static const char *const files[] = {"a/moved", "a/same", "a/link", "a/lost", "a/loop"};
  size_t i;
  step("rmdir a", __wasi_path_remove_directory(dir, "a"));
  step("rmdir a/moved", __wasi_path_remove_directory(dir, "a/moved"));
  step("rmdir c", __wasi_path_remove_directory(dir, "c"));
  step("rmdir .", __wasi_path_remove_directory(dir, "."));
  step("unlink b", __wasi_path_unlink_file(dir, "b"));
  for (i = 0; i < sizeof files / sizeof files[0]; i++) {
    printf("unlink ");
    step(files[i], __wasi_path_unlink_file(dir, files[i]));
  }
  step("rmdir a", __wasi_path_remove_directory(dir, "a"));
  step("rmdir b", __wasi_path_remove_directory(dir, "b"));
  list(".");
}

int main(int argc, char **argv) {
  dir = directory(argc, argv);
  directories();
  renames();
  links();
  removals();
  return 0;
}
