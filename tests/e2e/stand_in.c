/* Stands in for opencode where a test needs a program that does one simple thing at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where ocx looks for the version of a local binary. */
static const char version[] __attribute__((used)) = "--user-agent=opencode/1.2.3 ";

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "--version") == 0) {
        puts("1.2.3");
    } else if (strcmp(command, "exit") == 0 && argc > 2) {
        return atoi(argv[2]);
    } else if (strcmp(command, "bytes") == 0) {
        for (int byte = 0; byte < 256; byte++) putchar(byte);
    } else if (strcmp(command, "copy") == 0) {
        int byte;
        while ((byte = getchar()) != EOF) putchar(byte);
    } else if (strcmp(command, "show") == 0) {
        for (int i = 2; i < argc; i++) printf("[%s]\n", argv[i]);
    } else if (strcmp(command, "wait") == 0) {
        puts("waiting");
        fflush(stdout);
        for (;;) pause();
    } else if (argc > 2 && strcmp(command, "exec") == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        return 200;
    } else {
        fprintf(stderr, "stand-in: %s?\n%s\n", command, version);
        return 201;
    }
    return 0;
}
