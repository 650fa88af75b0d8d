// A client of a queue of a Weir server on this machine, for queues.py: the same as rabbitqueue.c, so that neither server's figures are those
// of its client. It speaks CBOR, as the SDKs of several languages do; nothing but a C library is needed.
//
// weirqueue PORT fill STREAM COUNT SIZE: puts COUNT records, 500 a request, with two requests in flight.
// weirqueue PORT drain ARN CONSUMERS DEPTH BATCH COUNT: so many consumers, each with one thread, receive COUNT records and acknowledge them. A
// consumer has DEPTH chains, each on two connections of its own, and none waits for another: a chain receives up to BATCH records,
// acknowledges them, asks for more while the acknowledgement is under way, and goes on when that is answered.
// weirqueue PORT beside ARN CONSUMERS DEPTH BATCH COUNT STREAM SIZE: both at the same time.
// weirqueue PORT wake ARN CONSUMERS RATE SECONDS SIZE STREAM: puts records one by one, at fixed times, to consumers that wait for them.
//
// Each prints "RESULT count seconds p50-ms p99-ms". The time is from when all consumers are connected; the latencies are of receiving and
// acknowledging together, of `wake` from when a put was sent until a consumer had the record.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int port, depth = 1, batch = 10;
static const char *arn, *stream;
static size_t record_size;
static atomic_long remaining, to_put, latency_count;
static atomic_int waiting;
// The time begins when all consumers are connected.
static pthread_barrier_t connected;
static _Atomic double last_time;
static double *latencies;
static int measures_wake;

struct connection {
    int fd;
    char *in, *out;
    size_t filled, size;
    // The body of the answer that comes, when its head is there, and how long that is.
    char *body;
    size_t body_size;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static struct connection *open_connection(void) {
    struct connection *c = calloc(1, sizeof *c);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) fail("cannot connect");
    c->size = 1 << 20;
    c->in = malloc(c->size + 1);
    c->out = malloc(1 << 20);
    return c;
}

// MARK: CBOR

static char *head(char *out, int kind, size_t value) {
    if (value < 24) {
        *out++ = kind << 5 | value;
    } else if (value < 256) {
        *out++ = kind << 5 | 24;
        *out++ = value;
    } else {
        *out++ = kind << 5 | 25;
        *out++ = value >> 8;
        *out++ = value;
    }
    return out;
}

static char *text(char *out, const char *value) {
    size_t size = strlen(value);
    out = head(out, 3, size);
    return memcpy(out, value, size) + size;
}

// The text behind a key, from `*place` on, which is moved behind it; NULL when there is none.
static char *next_text(char **place, char *end, const char *key, size_t *size) {
    char *found = memmem(*place, end - *place, key, strlen(key));
    if (!found) return NULL;
    unsigned char *value = (unsigned char *)found + strlen(key);
    if (*value >> 5 != 3) fail("not a text");
    int low = *value & 31;
    *size = low < 24 ? low : low == 24 ? value[1] : value[1] << 8 | value[2];
    value += low < 24 ? 1 : low == 24 ? 2 : 3;
    *place = (char *)value + *size;
    return (char *)value;
}

// MARK: HTTP

// A request is sent when the answer to the one before has been read.
static void send_request(struct connection *c, const char *action, const char *body, size_t size) {
    char head[512];
    c->filled = 0;
    c->body = NULL;
    int length = snprintf(head, sizeof head,
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-cbor-1.1\r\nX-Amz-Target: Kinesis_20131202.%s\r\n"
                          "Content-Length: %zu\r\n\r\n", action, size);
    struct iovec parts[] = {{head, length}, {(char *)body, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    size_t total = length + size, sent = 0;
    while (sent < total) {
        ssize_t count = sendmsg(c->fd, &message, MSG_NOSIGNAL);
        if (count < 0) fail("the connection was lost");
        sent += count;
        while (count > 0 && message.msg_iovlen) {
            size_t step = (size_t)count < message.msg_iov->iov_len ? (size_t)count : message.msg_iov->iov_len;
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + step;
            message.msg_iov->iov_len -= step;
            count -= step;
            if (message.msg_iov->iov_len == 0) {
                message.msg_iov++;
                message.msg_iovlen--;
            }
        }
    }
}

// Takes in what has come of the next answer, and waits for that where nothing has. Whether the answer is there.
static int take_in(struct connection *c) {
    if (c->filled == c->size) fail("the answer is too long");
    ssize_t count = recv(c->fd, c->in + c->filled, c->size - c->filled, 0);
    if (count <= 0) fail("the connection was closed");
    c->filled += count;
    c->in[c->filled] = 0;
    char *end;
    if (!c->body && (end = memmem(c->in, c->filled, "\r\n\r\n", 4))) {
        char *length = strcasestr(c->in, "content-length:");
        if (!length || length > end) fail("no length");
        c->body = end + 4;
        c->body_size = strtoul(length + 15, NULL, 10);
    }
    if (!c->body || c->in + c->filled < c->body + c->body_size) return 0;
    if (strncmp(c->in, "HTTP/1.1 200", 12)) {
        fprintf(stderr, "%.*s\n", (int)c->filled, c->in);
        fail("an error");
    }
    return 1;
}

// MARK: Consumers

static void note(double latency) { latencies[atomic_fetch_add(&latency_count, 1)] = latency; }

// Asks for records.
static void send_receive(struct connection *c) {
    char body[2600], *end = head(body, 5, 3);
    end = text(end, "QueueARN");
    end = text(end, arn);
    end = text(end, "Limit");
    end = head(end, 0, batch);
    end = text(end, "WaitTimeSeconds");
    end = head(end, 0, 1);
    send_request(c, "ReceiveQueueRecords", body, end - body);
    atomic_fetch_add(&waiting, 1);
}

// Sends the acknowledgement of the records that were received, and gives how many these are.
static int acknowledge(struct connection *c, struct connection *received_on) {
    char *place = received_on->body, *end = place + received_on->body_size, *handle, *entries = c->out + 4096, *out = entries;
    double received = now();
    size_t length;
    int count = 0;
    while ((handle = next_text(&place, end, "\x6dReceiptHandle", &length))) {
        out = head(out, 5, 1);
        out = text(out, "ReceiptHandle");
        out = head(out, 3, length);
        out = memcpy(out, handle, length) + length;
        count++;
        char *data = measures_wake ? memmem(place, end - place, "SENT", 4) : NULL;
        if (data) note(received - atof(data + 4));
    }
    if (count == 0) return 0;
    char *body = c->out, *start = head(body, 5, 2);
    start = text(start, "QueueARN");
    start = text(start, arn);
    start = text(start, "Entries");
    start = head(start, 4, count);
    memmove(start, entries, out - entries);
    send_request(c, "AcknowledgeQueueRecords", body, start + (out - entries) - body);
    return count;
}

struct chain {
    struct connection *receives, *acknowledgements;
    // How many records are being acknowledged.
    int count;
    // When these were asked for, and when the next were.
    double begun, sent;
    int is_received;
};

// What was received is acknowledged, and more is asked for.
static void go_on(struct chain *chain) {
    chain->is_received = 0;
    chain->count = acknowledge(chain->acknowledgements, chain->receives);
    double sent = now();
    send_receive(chain->receives);
    // None of them came before the wait was over.
    if (chain->count == 0) chain->begun = sent;
    chain->sent = sent;
}

static void acknowledged(struct chain *chain) {
    struct connection *c = chain->acknowledgements;
    // All of them, as the list of failures is empty.
    if (!memmem(c->body, c->body_size, "\x66" "Failed\x80", 8)) fail("a failed acknowledgement");
    if (!measures_wake) note(now() - chain->begun);
    chain->begun = chain->sent;
    int count = chain->count;
    chain->count = 0;
    if (atomic_fetch_sub(&remaining, count) - count <= 0) atomic_store(&last_time, now());
}

static void *consume(void *argument) {
    (void)argument;
    int events = epoll_create1(0);
    struct chain *chains = calloc(depth, sizeof *chains);
    for (int i = 0; i < depth; i++) {
        struct chain *chain = &chains[i];
        chain->receives = open_connection();
        chain->acknowledgements = open_connection();
        // An address is even: the lowest bit tells which of both connections.
        struct epoll_event receives = {.events = EPOLLIN, .data.u64 = (uintptr_t)chain};
        struct epoll_event acknowledgements = {.events = EPOLLIN, .data.u64 = (uintptr_t)chain | 1};
        if (epoll_ctl(events, EPOLL_CTL_ADD, chain->receives->fd, &receives)
            || epoll_ctl(events, EPOLL_CTL_ADD, chain->acknowledgements->fd, &acknowledgements)) fail("epoll");
    }
    pthread_barrier_wait(&connected);
    for (int i = 0; i < depth; i++) {
        chains[i].begun = now();
        send_receive(chains[i].receives);
    }
    while (atomic_load(&remaining) > 0) {
        struct epoll_event ready[64];
        int count = epoll_wait(events, ready, 64, 100);
        for (int i = 0; i < count; i++) {
            struct chain *chain = (struct chain *)(uintptr_t)(ready[i].data.u64 & ~(uint64_t)1);
            if (!(ready[i].data.u64 & 1)) {
                chain->is_received |= take_in(chain->receives);
            } else if (take_in(chain->acknowledgements)) {
                acknowledged(chain);
            }
            if (chain->is_received && chain->count == 0) go_on(chain);
        }
    }
    return NULL;
}

static pthread_t start(void *(*body)(void *)) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, NULL)) fail("thread");
    return thread;
}

// MARK: Producers

static char *record_body(char *out, long number, const char *data) {
    char key[32];
    snprintf(key, sizeof key, "%ld", number * 7919);
    out = text(out, "Data");
    out = head(out, 2, record_size);
    out = memcpy(out, data, record_size) + record_size;
    out = text(out, "PartitionKey");
    return text(out, key);
}

static void *produce(void *argument) {
    (void)argument;
    struct connection *c = open_connection();
    char *data = malloc(record_size), *body = malloc(500 * (record_size + 100) + 1000);
    memset(data, 'x', record_size);
    for (;;) {
        long left = atomic_fetch_sub(&to_put, 500);
        if (left <= 0) return NULL;
        long count = left < 500 ? left : 500;
        char *out = head(body, 5, 2);
        out = text(out, "StreamName");
        out = text(out, stream);
        out = text(out, "Records");
        out = head(out, 4, count);
        for (long each = 0; each < count; each++) out = record_body(head(out, 5, 2), left + each, data);
        send_request(c, "PutRecords", body, out - body);
        while (!take_in(c)) {
        }
    }
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void report(long count, double seconds) {
    long got = atomic_load(&latency_count);
    qsort(latencies, got, sizeof *latencies, compare);
    printf("RESULT %ld %.6f %.3f %.3f\n", count, seconds, got ? latencies[got / 2] * 1e3 : 0,
           got ? latencies[(long)(got * 0.99)] * 1e3 : 0);
}

static void wake(double rate, long count) {
    struct connection *c = open_connection();
    char *data = malloc(record_size + 32), *body = malloc(record_size + 1000);
    double begin = now();
    for (long each = 0; each < count; each++) {
        double due = begin + each / rate, left;
        while ((left = due - now()) > 0) usleep(left * 1e6);
        memset(data, ' ', record_size);
        data[snprintf(data, record_size, "SENT%.6f", now())] = ' ';
        char *out = head(body, 5, 3);
        out = text(out, "StreamName");
        out = text(out, stream);
        out = record_body(out, each, data);
        send_request(c, "PutRecord", body, out - body);
        while (!take_in(c)) {
        }
    }
}

int main(int count, char **arguments) {
    if (count < 6) fail("weirqueue PORT fill|drain|beside|wake ...");
    port = atoi(arguments[1]);
    const char *mode = arguments[2];
    double begin = now();
    if (!strcmp(mode, "fill")) {
        stream = arguments[3];
        atomic_store(&to_put, atol(arguments[4]));
        record_size = strtoul(arguments[5], NULL, 10);
        pthread_t producers[] = {start(produce), start(produce)};
        for (int i = 0; i < 2; i++) pthread_join(producers[i], NULL);
        printf("RESULT %s %.6f 0 0\n", arguments[4], now() - begin);
        return 0;
    }
    measures_wake = !strcmp(mode, "wake");
    int is_beside = !strcmp(mode, "beside");
    if (count < (is_beside ? 10 : measures_wake ? 9 : 8)) fail("weirqueue PORT drain|beside|wake ...");
    arn = arguments[3];
    int consumers = atoi(arguments[4]);
    long wanted = atol(arguments[7]);
    double rate = 0;
    if (measures_wake) {
        rate = atof(arguments[5]);
        wanted = rate * atof(arguments[6]);
        record_size = strtoul(arguments[7], NULL, 10);
        stream = arguments[8];
    } else {
        depth = atoi(arguments[5]);
        batch = atoi(arguments[6]);
    }
    latencies = calloc(wanted + consumers + 1, sizeof *latencies);
    atomic_store(&remaining, wanted);
    pthread_t *threads = malloc(consumers * sizeof *threads), producers[2];
    pthread_barrier_init(&connected, NULL, consumers + 1);
    for (int i = 0; i < consumers; i++) threads[i] = start(consume);
    pthread_barrier_wait(&connected);
    begin = now();
    if (is_beside) {
        stream = arguments[8];
        record_size = strtoul(arguments[9], NULL, 10);
        atomic_store(&to_put, wanted);
        for (int i = 0; i < 2; i++) producers[i] = start(produce);
    }
    if (measures_wake) {
        while (atomic_load(&waiting) < consumers) usleep(1000);
        usleep(100000);
        wake(rate, wanted);
    }
    for (int i = 0; i < consumers; i++) pthread_join(threads[i], NULL);
    for (int i = 0; is_beside && i < 2; i++) pthread_join(producers[i], NULL);
    report(wanted - atomic_load(&remaining), atomic_load(&last_time) - begin);
    return 0;
}
