// What a GPU could do: the step in other shapes than the one that ships, beside the least that it has
// to move; what a launch costs without Java; and the link to the host. `bundle` compiles it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

static const int TURNS = 9;
static const long MOST = 100000000;

static void check(cudaError_t code, const char *call) {
    if (code != cudaSuccess) {
        printf("FAILED: %s: %s\n", call, cudaGetErrorString(code));
        exit(1);
    }
}
#define CHECK(call) check(call, #call)

struct Plain { // a plain step's numbers, of which the values do not matter here
    float scale, l2, decay, one_minus_decay, inside, outside, rate;
};
static const Plain NUMBERS = {1, 0, 0.9f, 0.1f, 1e-8f, 0, 1e-3f};

__device__ static float4 stepped(const Plain k, float4 &p, const float4 g, float4 v) {
#define ONE(c)                                                                                     \
    {                                                                                              \
        const float x = k.scale * g.c + k.l2 * p.c;                                                \
        v.c = k.decay * v.c + k.one_minus_decay * x * x;                                           \
        p.c = p.c - k.rate * (x / (sqrtf(v.c + k.inside) + k.outside));                            \
    }
    ONE(x) ONE(y) ONE(z) ONE(w)
    return v;
}

enum Hint { NONE, STREAMING };

// VECTORS vectors of a thread lie a group apart, and all are loaded before the first is computed.
template <int VECTORS, Hint HINT>
__global__ void step(const Plain k, float4 *p, const float4 *g, float4 *v, const long n) {
    const long first = (long)blockIdx.x * blockDim.x * VECTORS + threadIdx.x;
    float4 ps[VECTORS], gs[VECTORS], vs[VECTORS];
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
        const long i = first + (long)j * blockDim.x;
        if (i < n) {
            ps[j] = HINT == STREAMING ? __ldcs(p + i) : p[i];
            gs[j] = HINT == STREAMING ? __ldcs(g + i) : g[i];
            vs[j] = HINT == STREAMING ? __ldcs(v + i) : v[i];
        }
    }
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
        const long i = first + (long)j * blockDim.x;
        if (i < n) {
            vs[j] = stepped(k, ps[j], gs[j], vs[j]);
            if (HINT == STREAMING) {
                __stcs(p + i, ps[j]);
                __stcs(v + i, vs[j]);
            } else {
                p[i] = ps[j];
                v[i] = vs[j];
            }
        }
    }
}

// The same traffic without arithmetic to speak of.
__global__ void ceiling(float4 *p, const float4 *g, float4 *v, const long n) {
    const long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        const float4 a = p[i], b = g[i], c = v[i];
        p[i] = make_float4(b.x, b.y, c.z, c.w);
        v[i] = make_float4(a.x, a.y, b.z, a.w);
    }
}

struct Buffers {
    float4 *p, *g, *v;
    long vectors;
};

typedef std::function<void(const Buffers &)> Turn;
struct Row {
    std::string name;
    Turn turn;
};

static double median(std::vector<double> x) {
    std::sort(x.begin(), x.end());
    return x[x.size() / 2];
}

static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <int VECTORS, Hint HINT> static Turn shape(const int group) {
    return [=](const Buffers &b) {
        const long span = (long)group * VECTORS;
        const long groups = (b.vectors + span - 1) / span;
        step<VECTORS, HINT><<<groups, group>>>(NUMBERS, b.p, b.g, b.v, b.vectors);
    };
}

static std::vector<Row> shapes() {
    return {
        {"copy of 10 bytes an element", [](const Buffers &b) {
             const long bytes = b.vectors * 16, half = bytes / 2;
             CHECK(cudaMemcpyAsync(b.p, b.g, bytes, cudaMemcpyDeviceToDevice));
             CHECK(cudaMemcpyAsync(b.v, b.g, bytes, cudaMemcpyDeviceToDevice));
             CHECK(cudaMemcpyAsync(b.p, b.v, half, cudaMemcpyDeviceToDevice));
         }},
        {"3 reads, 2 writes, no arithmetic", [](const Buffers &b) {
             ceiling<<<(b.vectors + 255) / 256, 256>>>(b.p, b.g, b.v, b.vectors);
         }},
        {"step, 1 vector, groups of 256", shape<1, NONE>(256)},
        {"step, 2 vectors", shape<2, NONE>(256)},
        {"step, 4 vectors", shape<4, NONE>(256)},
        {"step, groups of 128", shape<1, NONE>(128)},
        {"step, groups of 512", shape<1, NONE>(512)},
        {"step, groups of 1024", shape<1, NONE>(1024)},
        {"step, streaming hints", shape<1, STREAMING>(256)},
        {"step, 2 vectors, streaming", shape<2, STREAMING>(256)},
    };
}

// By events around many turns, as one is shorter than their resolution; the rows take turns.
static void measureShapes(const long elements) {
    Buffers b = {0, 0, 0, elements / 4};
    std::vector<float> host(elements);
    for (long i = 0; i < elements; i++) host[i] = (float)((i * 7919) % 1000 + 1) / 1000;
    for (float4 **each : {&b.p, &b.g, &b.v}) {
        CHECK(cudaMalloc(each, elements * 4));
        CHECK(cudaMemcpy(*each, host.data(), elements * 4, cudaMemcpyHostToDevice));
    }
    const std::vector<Row> rows = shapes();
    std::vector<std::vector<double>> times(rows.size());
    const int repeats = (int)std::max(20L, 20000000 / elements);
    cudaEvent_t begin, end;
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    for (int turn = -2; turn < TURNS; turn++) { // the first are for warmth
        for (size_t r = 0; r < rows.size(); r++) {
            CHECK(cudaEventRecord(begin));
            for (int i = 0; i < repeats; i++) rows[r].turn(b);
            CHECK(cudaEventRecord(end));
            CHECK(cudaEventSynchronize(end));
            CHECK(cudaGetLastError());
            float ms;
            CHECK(cudaEventElapsedTime(&ms, begin, end));
            if (turn >= 0) times[r].push_back(1e3 * ms / repeats);
        }
    }
    const double most = median(times[1]);
    const std::string title = "floats: " + std::to_string(elements);
    printf("\n%-34s %10s %8s %14s\n", title.c_str(), "us", "GB/s", "of the ceiling");
    for (size_t r = 0; r < rows.size(); r++) {
        const double us = median(times[r]);
        printf("%-34s %10.2f %8.0f %12.1f %%\n", rows[r].name.c_str(), us,
               elements * 20.0 / us / 1e3, 100 * most / us);
    }
    for (float4 *each : {b.p, b.g, b.v}) CHECK(cudaFree(each));
}

static void measureLaunches() {
    Buffers b = {0, 0, 0, 250};
    for (float4 **each : {&b.p, &b.g, &b.v}) CHECK(cudaMalloc(each, 4096));
    const Turn turn = shape<1, NONE>(256);
    const int count = 20000;
    std::vector<double> ns;
    for (int t = 0; t < TURNS; t++) {
        const double begin = now();
        for (int i = 0; i < count; i++) turn(b);
        CHECK(cudaDeviceSynchronize());
        ns.push_back(1e9 * (now() - begin) / count);
    }
    std::vector<double> graph;
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    cudaGraph_t made;
    cudaGraphExec_t exec;
    CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    for (int i = 0; i < 100; i++) {
        step<1, NONE><<<1, 256, 0, stream>>>(NUMBERS, b.p, b.g, b.v, b.vectors);
    }
    CHECK(cudaStreamEndCapture(stream, &made));
    CHECK(cudaGraphInstantiate(&exec, made, 0));
    for (int t = 0; t < TURNS; t++) {
        const double begin = now();
        for (int i = 0; i < count / 100; i++) CHECK(cudaGraphLaunch(exec, stream));
        CHECK(cudaStreamSynchronize(stream));
        graph.push_back(1e9 * (now() - begin) / count);
    }
    printf("\na launch of 1,000 elements in a row: %.0f ns; in a graph of 100: %.0f ns\n",
           median(ns), median(graph));
}

// The host copies piece k + 1 into page-locked memory while piece k crosses.
static double pipeline(char *device, char *host, const long bytes, const long piece,
                       const int threads, const bool up) {
    char *page[2];
    cudaEvent_t done[2];
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    for (int i = 0; i < 2; i++) {
        CHECK(cudaHostAlloc((void **)&page[i], piece, cudaHostAllocDefault));
        memset(page[i], 0, piece);
        CHECK(cudaEventCreateWithFlags(&done[i], cudaEventDisableTiming));
    }
    auto copy = [&](char *to, const char *from, const long count) {
        std::vector<std::thread> helpers;
        const long part = count / threads;
        for (int t = 1; t < threads; t++) {
            helpers.emplace_back([=] { memcpy(to + t * part, from + t * part, part); });
        }
        memcpy(to, from, part);
        for (std::thread &each : helpers) each.join();
    };
    std::vector<double> seconds;
    for (int turn = 0; turn < 4; turn++) {
        const double begin = now();
        const long pieces = bytes / piece;
        for (long k = 0; k < pieces + (up ? 0 : 1); k++) {
            const int i = k % 2;
            if (up) {
                CHECK(cudaEventSynchronize(done[i]));
                copy(page[i], host + k * piece, piece);
                CHECK(cudaMemcpyAsync(device + k * piece, page[i], piece, cudaMemcpyHostToDevice,
                                      stream));
                CHECK(cudaEventRecord(done[i], stream));
            } else {
                if (k < pieces) {
                    CHECK(cudaMemcpyAsync(page[i], device + k * piece, piece,
                                          cudaMemcpyDeviceToHost, stream));
                    CHECK(cudaEventRecord(done[i], stream));
                }
                if (k > 0) {
                    CHECK(cudaEventSynchronize(done[1 - i]));
                    copy(host + (k - 1) * piece, page[1 - i], piece);
                }
            }
        }
        CHECK(cudaStreamSynchronize(stream));
        if (turn > 0) seconds.push_back(now() - begin);
    }
    for (int i = 0; i < 2; i++) {
        CHECK(cudaFreeHost(page[i]));
        CHECK(cudaEventDestroy(done[i]));
    }
    return bytes / median(seconds) / 1e9;
}

static double plainCopy(void *to, const void *from, const long bytes, const cudaMemcpyKind kind) {
    std::vector<double> seconds;
    for (int turn = 0; turn < 4; turn++) {
        const double begin = now();
        CHECK(cudaMemcpy(to, from, bytes, kind));
        CHECK(cudaDeviceSynchronize());
        if (turn > 0) seconds.push_back(now() - begin);
    }
    return bytes / median(seconds) / 1e9;
}

static void measureLink() {
    const long bytes = 1L << 28;
    char *device, *locked, *pageable = (char *)malloc(bytes), *other = (char *)malloc(bytes);
    memset(pageable, 1, bytes);
    memset(other, 1, bytes);
    CHECK(cudaMalloc(&device, bytes));
    double begin = now();
    CHECK(cudaHostAlloc((void **)&locked, bytes, cudaHostAllocDefault));
    const double allocating = now() - begin;
    memset(locked, 1, bytes);
    std::vector<double> seconds;
    for (int i = 0; i < 4; i++) {
        begin = now();
        memcpy(other, pageable, bytes);
        seconds.push_back(now() - begin);
    }
    printf("\nlink, 256 MiB, GB/s%32s %8s\n", "to", "from");
    printf("%-42s %8.2f %8.2f\n", "pageable",
           plainCopy(device, pageable, bytes, cudaMemcpyHostToDevice),
           plainCopy(pageable, device, bytes, cudaMemcpyDeviceToHost));
    printf("%-42s %8.2f %8.2f\n", "page-locked",
           plainCopy(device, locked, bytes, cudaMemcpyHostToDevice),
           plainCopy(locked, device, bytes, cudaMemcpyDeviceToHost));
    for (int threads : {1, 2, 4}) {
        for (long mib : {1, 2, 4, 8, 16}) {
            const long piece = mib << 20;
            printf("pipeline, pieces of %2ld MiB, %d threads %12s %8.2f %8.2f\n", mib, threads, "",
                   pipeline(device, pageable, bytes, piece, threads, true),
                   pipeline(device, pageable, bytes, piece, threads, false));
        }
    }
    printf("memcpy on the host, one thread: %.2f GB/s; page-locking 256 MiB took %.0f ms\n",
           bytes / median(seconds) / 1e9, 1e3 * allocating);
}

int main() {
    CHECK(cudaFree(0));
    for (long elements : {1000000L, 10000000L, MOST}) measureShapes(elements);
    measureLaunches();
    measureLink();
    return 0;
}
