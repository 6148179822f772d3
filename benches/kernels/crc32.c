/* CRC-32 with a table of 256 entries, a byte at a time, of n KiB. */
#include "kernel.h"

static uint32_t table[256];
static uint8_t data[1024];

KERNEL int64_t kernel(int32_t n) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t entry = i;
        for (int bit = 0; bit < 8; bit++) entry = entry & 1 ? entry >> 1 ^ 0xedb88320u : entry >> 1;
        table[i] = entry;
    }
    uint32_t state = 1;
    for (int i = 0; i < 1024; i++) data[i] = (uint8_t)(next(&state) >> 24);
    uint32_t crc = 0xffffffffu;
    for (int32_t turn = 0; turn < n; turn++)
        for (int i = 0; i < 1024; i++) crc = crc >> 8 ^ table[(crc ^ data[i]) & 255];
    return (int64_t)(crc ^ 0xffffffffu);
}
