// A client of a RabbitMQ server on this machine, for queues.py; needs librabbitmq (Debian: librabbitmq-dev).
//
// rabbitqueue PORT fill QUEUE TYPE COUNT SIZE: declares a durable queue of the type (classic or quorum), publishes COUNT persistent
// messages with publisher confirms, and waits for all of these.
// rabbitqueue PORT drain QUEUE CONSUMERS PREFETCH BATCH COUNT: so many consumers, each on a connection of its own, get COUNT messages and
// acknowledge BATCH of them at a time (`multiple`).
// rabbitqueue PORT beside QUEUE TYPE CONSUMERS PREFETCH BATCH COUNT SIZE: both at the same time.
// rabbitqueue PORT wake QUEUE TYPE CONSUMERS RATE SECONDS SIZE: publishes messages one by one, with confirms, at fixed times, to consumers
// that wait for them.
//
// Each prints "RESULT count seconds p50-ms p99-ms". The time is from when all consumers are connected; the latencies are of `wake`, from
// when a message was sent until a consumer had it, else 0.
#define _GNU_SOURCE
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int port;
static const char *queue_name;
static atomic_long remaining;
static _Atomic double last_time;
static int prefetch, batch;
static double *latencies;
static atomic_long latency_count;
static atomic_int ready;
// The time begins when all consumers are connected.
static pthread_barrier_t connected;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void check_reply(amqp_rpc_reply_t reply, const char *what) {
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) fprintf(stderr, "%s\n", amqp_error_string2(reply.library_error));
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        amqp_channel_close_t *close = reply.reply.decoded;
        fprintf(stderr, "%.*s\n", (int)close->reply_text.len, (char *)close->reply_text.bytes);
    }
    fail(what);
}

static void check(amqp_connection_state_t connection, const char *what) { check_reply(amqp_get_rpc_reply(connection), what); }

static amqp_connection_state_t open_connection(void) {
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    if (!socket || amqp_socket_open(socket, "127.0.0.1", port)) fail("cannot connect");
    check_reply(amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
    amqp_channel_open(connection, 1);
    check(connection, "channel");
    return connection;
}

static void declare(amqp_connection_state_t connection, const char *type) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes("x-queue-type"),
                                .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = amqp_cstring_bytes(type)}}};
    amqp_table_t arguments = {.num_entries = 1, .entries = &entry};
    amqp_queue_declare(connection, 1, amqp_cstring_bytes(queue_name), 0, 1, 0, 0, arguments);
    check(connection, "declare");
    amqp_confirm_select(connection, 1);
    check(connection, "confirms");
}

static void publish(amqp_connection_state_t connection, char *data, size_t size) {
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = AMQP_DELIVERY_PERSISTENT};
    amqp_bytes_t body = {.len = size, .bytes = data};
    if (amqp_basic_publish(connection, 1, amqp_empty_bytes, amqp_cstring_bytes(queue_name), 0, 0, &properties, body)) fail("publish");
}

// Which messages were confirmed; those below the mark all were.
static char *is_confirmed;
static long low_mark = 1;

// Waits for a confirm, and gives how many messages it is of.
static long confirmed(amqp_connection_state_t connection) {
    amqp_frame_t frame;
    if (amqp_simple_wait_frame(connection, &frame) != AMQP_STATUS_OK) fail("confirm");
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) fail("not a confirm");
    amqp_basic_ack_t *ack = frame.payload.method.decoded;
    long tag = ack->delivery_tag, count = 0;
    for (long each = ack->multiple ? low_mark : tag; each <= tag; each++) {
        count += !is_confirmed[each];
        is_confirmed[each] = 1;
    }
    if (ack->multiple && tag >= low_mark) low_mark = tag + 1;
    amqp_maybe_release_buffers(connection);
    return count;
}

struct filling {
    const char *type;
    long count;
    size_t size;
};

static void *fill(void *argument) {
    struct filling *filling = argument;
    amqp_connection_state_t connection = open_connection();
    declare(connection, filling->type);
    char *data = malloc(filling->size);
    memset(data, 'x', filling->size);
    is_confirmed = calloc(filling->count + 1, 1);
    long published = 0, acknowledged = 0;
    while (acknowledged < filling->count) {
        while (published < filling->count && published - acknowledged < 1000) {
            publish(connection, data, filling->size);
            published++;
        }
        acknowledged += confirmed(connection);
    }
    return NULL;
}

static amqp_connection_state_t open_consumer(void) {
    amqp_connection_state_t connection = open_connection();
    amqp_basic_qos(connection, 1, 0, prefetch, 0);
    check(connection, "qos");
    pthread_barrier_wait(&connected);
    amqp_basic_consume(connection, 1, amqp_cstring_bytes(queue_name), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(connection, "consume");
    return connection;
}

// The time that a message carries.
static void note(amqp_bytes_t body) {
    if (!latencies || body.len < 17) return;
    char text[32];
    memcpy(text, body.bytes, 16);
    text[16] = 0;
    latencies[atomic_fetch_add(&latency_count, 1)] = now() - atof(text);
}

static void *consume(void *argument) {
    amqp_connection_state_t connection = open_consumer();
    (void)argument;
    atomic_fetch_add(&ready, 1);
    long pending = 0;
    uint64_t last = 0;
    while (atomic_load(&remaining) > 0) {
        amqp_envelope_t envelope;
        // Who has some to acknowledge does not wait for more.
        struct timeval patience = {.tv_sec = pending ? 0 : 1, .tv_usec = pending ? 1000 : 0};
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &patience, 0);
        int came = reply.reply_type == AMQP_RESPONSE_NORMAL;
        if (!came && !(reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT)) fail("consume");
        if (came) {
            note(envelope.message.body);
            last = envelope.delivery_tag;
            pending++;
            amqp_destroy_envelope(&envelope);
            amqp_maybe_release_buffers(connection);
        }
        if (pending >= batch || (pending && !came)) {
            if (amqp_basic_ack(connection, 1, last, 1)) fail("ack");
            if (atomic_fetch_sub(&remaining, pending) - pending <= 0) atomic_store(&last_time, now());
            pending = 0;
        }
    }
    return NULL;
}

static pthread_t *start_consumers(int consumers) {
    pthread_t *threads = malloc(consumers * sizeof *threads);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    pthread_barrier_init(&connected, NULL, consumers + 1);
    for (int i = 0; i < consumers; i++)
        if (pthread_create(&threads[i], &attributes, consume, NULL)) fail("thread");
    pthread_barrier_wait(&connected);
    return threads;
}

static void drain(int consumers, long count, struct filling *filling) {
    pthread_t filler, *threads;
    if (filling) declare(open_connection(), filling->type);
    atomic_store(&remaining, count);
    threads = start_consumers(consumers);
    double start = now();
    if (filling && pthread_create(&filler, NULL, fill, filling)) fail("thread");
    for (int i = 0; i < consumers; i++) pthread_join(threads[i], NULL);
    if (filling) pthread_join(filler, NULL);
    printf("RESULT %ld %.6f 0 0\n", count - atomic_load(&remaining), atomic_load(&last_time) - start);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void wake(const char *type, int consumers, double rate, double seconds, size_t size) {
    long count = rate * seconds;
    amqp_connection_state_t connection = open_connection();
    declare(connection, type);
    latencies = calloc(count + 1, sizeof *latencies);
    is_confirmed = calloc(count + 1, 1);
    atomic_store(&remaining, count);
    pthread_t *threads = start_consumers(consumers);
    while (atomic_load(&ready) < consumers) usleep(1000);
    usleep(100000);
    char *data = malloc(size + 32);
    double start = now();
    for (long i = 0; i < count; i++) {
        double due = start + i / rate, left;
        while ((left = due - now()) > 0) usleep(left * 1e6);
        memset(data, ' ', size);
        int length = snprintf(data, size, "%.6f", now());
        data[length] = ' ';
        publish(connection, data, size);
        confirmed(connection);
    }
    for (int i = 0; i < consumers; i++) pthread_join(threads[i], NULL);
    long got = atomic_load(&latency_count);
    qsort(latencies, got, sizeof *latencies, compare);
    printf("RESULT %ld %.6f %.3f %.3f\n", got, now() - start, latencies[got / 2] * 1e3, latencies[(long)(got * 0.99)] * 1e3);
}

int main(int count, char **arguments) {
    if (count < 7) fail("rabbitqueue PORT fill|drain|beside|wake QUEUE ...");
    port = atoi(arguments[1]);
    const char *mode = arguments[2];
    queue_name = arguments[3];
    batch = 1;
    prefetch = 1;
    if (!strcmp(mode, "fill")) {
        struct filling filling = {arguments[4], atol(arguments[5]), strtoul(arguments[6], NULL, 10)};
        double start = now();
        fill(&filling);
        printf("RESULT %ld %.6f 0 0\n", filling.count, now() - start);
    } else if (!strcmp(mode, "drain") && count == 8) {
        prefetch = atoi(arguments[5]);
        batch = atoi(arguments[6]);
        drain(atoi(arguments[4]), atol(arguments[7]), NULL);
    } else if (!strcmp(mode, "beside") && count == 10) {
        struct filling filling = {arguments[4], atol(arguments[8]), strtoul(arguments[9], NULL, 10)};
        prefetch = atoi(arguments[6]);
        batch = atoi(arguments[7]);
        drain(atoi(arguments[5]), filling.count, &filling);
    } else if (!strcmp(mode, "wake") && count == 9) {
        wake(arguments[4], atoi(arguments[5]), atof(arguments[6]), atof(arguments[7]), strtoul(arguments[8], NULL, 10));
    } else {
        fail("rabbitqueue PORT fill|drain|beside|wake QUEUE ...");
    }
    return 0;
}
