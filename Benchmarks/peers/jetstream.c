// jetstream PORT STREAM SECONDS SIZE WINDOW: keeps WINDOW publishes to subject STREAM.d in flight, each of which asks for the stream's
// acknowledgement, and prints "RESULT count seconds errors p50-ms p99-ms". It makes the stream: one replica, files.
// The text protocol is that of https://docs.nats.io/reference/reference-protocols/nats-protocol; nothing but a C library is needed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int fd;
static char in[1 << 20];
static size_t filled, taken;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void send_all(const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0) fail("the connection was lost");
        bytes += sent;
        count -= sent;
    }
}

static void receive(void) {
    if (taken > 0) {
        memmove(in, in + taken, filled - taken);
        filled -= taken;
        taken = 0;
    }
    ssize_t got = recv(fd, in + filled, sizeof in - 1 - filled, 0);
    if (got <= 0) fail("the connection was closed");
    filled += got;
    in[filled] = 0;
}

// The next message: its subject and its payload; 0 when there is none whole in what was received.
static int next_message(char **subject, char **payload, size_t *size) {
    for (;;) {
        char *line = in + taken;
        char *end = memmem(line, filled - taken, "\r\n", 2);
        if (!end) return 0;
        if (!strncmp(line, "MSG ", 4) || !strncmp(line, "HMSG ", 5)) {
            *end = 0;
            size_t length = strtoul(strrchr(line, ' ') + 1, NULL, 10);
            *end = '\r';
            if ((size_t)(in + filled - end) < length + 4) return 0;
            *subject = strchr(line, ' ') + 1;
            *payload = end + 2;
            *size = length;
            taken = end + 2 + length + 2 - in;
            return 1;
        }
        if (!strncmp(line, "PING", 4)) send_all("PONG\r\n", 6);
        if (!strncmp(line, "-ERR", 4)) {
            *end = 0;
            fail(line);
        }
        taken = end + 2 - in;
    }
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
    if (count != 6) fail("jetstream PORT STREAM SECONDS SIZE WINDOW");
    const char *stream = arguments[2];
    double seconds = atof(arguments[3]);
    size_t size = strtoul(arguments[4], NULL, 10);
    long window = atol(arguments[5]);
    long capacity = 50000000;
    double *sent = malloc(window * sizeof *sent), *latencies = malloc(capacity * sizeof *latencies);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("cannot connect");

    char text[1024], *subject, *payload;
    size_t length;
    char body[256];
    int bodySize = snprintf(body, sizeof body, "{\"name\":\"%s\",\"subjects\":[\"%s.d\"],\"storage\":\"file\",\"num_replicas\":1}", stream, stream);
    int textSize = snprintf(text, sizeof text,
                            "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,\"lang\":\"c\",\"version\":\"1\"}\r\n"
                            "SUB _INBOX.b.* 1\r\nPUB $JS.API.STREAM.CREATE.%s _INBOX.b.c %d\r\n%s\r\n", stream, bodySize, body);
    send_all(text, textSize);
    while (!next_message(&subject, &payload, &length)) receive();
    if (memmem(payload, length, "\"error\"", 7) || length == 0) {
        payload[length] = 0;
        fail(payload);
    }

    char *out = malloc(window * (size + 128)), *data = malloc(size);
    srand(1);
    for (size_t place = 0; place < size; place++) data[place] = 'a' + rand() % 26;
    long published = 0, acknowledged = 0, errors = 0;
    double start = now(), end = start + seconds, time = start;
    while (acknowledged < published || time < end) {
        size_t written = 0;
        while (time < end && published - acknowledged < window && acknowledged < capacity) {
            sent[published % window] = time;
            written += sprintf(out + written, "PUB %s.d _INBOX.b.%ld %zu\r\n", stream, published, size);
            memcpy(out + written, data, size);
            written += size;
            memcpy(out + written, "\r\n", 2);
            written += 2;
            published++;
        }
        if (written > 0) send_all(out, written);
        if (acknowledged == published) break;
        receive();
        time = now();
        while (next_message(&subject, &payload, &length)) {
            long number = atol(subject + strlen("_INBOX.b."));
            if (length == 0 || memmem(payload, length, "\"error\"", 7)) errors++;
            latencies[acknowledged++] = time - sent[number % window];
        }
    }
    double took = now() - start;
    qsort(latencies, acknowledged, sizeof *latencies, compare);
    printf("RESULT %ld %.6f %ld %.3f %.3f\n", acknowledged, took, errors, latencies[acknowledged / 2] * 1e3,
           latencies[(long)(acknowledged * 0.99)] * 1e3);
    return errors != 0;
}
