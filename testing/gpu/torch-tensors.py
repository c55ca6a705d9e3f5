"""Steps PyTorch's own CUDA tensors by Rootmean, in one process with PyTorch, and compares all bits.

torch-tensors.py HOME: the folder of the bundle, with jdk/ and lib/.
"""

import ctypes
import functools
import glob
import os
import statistics
import sys
import time


def skip(why):
    """Ends with the status that says so, and the reason in the last line."""
    print(why)
    sys.exit(3)


try:
    import numpy as np
    import torch
except ImportError as e:
    skip("Python has no PyTorch: %s" % e)
if not torch.cuda.is_available():
    skip("PyTorch finds no GPU")

DECAY, RATE, EPSILON = np.float32(0.5), np.float32(2.0**-10), np.float32(2.0**-20)
STEPS = 20


class Java:
    """A Java virtual machine in this process, and the static methods of one of its classes."""

    FIND_CLASS, DESCRIBE, STATIC_METHOD = 6, 16, 113
    CALL_LONG, CALL_VOID, THROWN, BUFFER = 134, 143, 228, 229  # places in JNI's table of functions

    class Option(ctypes.Structure):
        _fields_ = [("text", ctypes.c_char_p), ("extra", ctypes.c_void_p)]

    class Arguments(ctypes.Structure):
        _fields_ = [
            ("version", ctypes.c_int32),
            ("count", ctypes.c_int32),
            ("options", ctypes.c_void_p),
            ("ignore", ctypes.c_uint8),
        ]

    def __init__(self, home, name):
        class_path = ":".join(sorted(glob.glob(home + "/lib/*.jar")))
        options = (self.Option * 1)(self.Option(("-Djava.class.path=" + class_path).encode(), None))
        arguments = self.Arguments(0x00010008, 1, ctypes.cast(options, ctypes.c_void_p), 0)
        machine, self.env = ctypes.c_void_p(), ctypes.c_void_p()
        library = ctypes.CDLL(home + "/jdk/lib/server/libjvm.so", mode=ctypes.RTLD_GLOBAL)
        made = library.JNI_CreateJavaVM(
            ctypes.byref(machine), ctypes.byref(self.env), ctypes.byref(arguments)
        )
        if made != 0:
            sys.exit("FAILED: no Java virtual machine: %d" % made)
        self.type = self.function(self.FIND_CLASS, ctypes.c_void_p, name.encode())

    def function(self, place, result, *values):
        table = ctypes.cast(self.env, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
        kinds = [ctypes.c_char_p if isinstance(v, bytes) else ctypes.c_void_p for v in values]
        got = ctypes.CFUNCTYPE(result, ctypes.c_void_p, *kinds)(table[place])(self.env, *values)
        if place != self.THROWN and place != self.DESCRIBE:
            if self.function(self.THROWN, ctypes.c_uint8):
                self.function(self.DESCRIBE, None)
                sys.exit("FAILED: an exception of Java's")
        return got

    def call(self, place, result, name, signature, *values):
        method = self.function(
            self.STATIC_METHOD, ctypes.c_void_p, self.type, name.encode(), signature.encode()
        )
        array = (ctypes.c_void_p * max(1, len(values)))(*values)
        return self.function(
            place, result, self.type, method, ctypes.cast(array, ctypes.c_void_p).value
        )

    def open(self, table):
        data = (ctypes.c_int64 * len(table))(*table)
        buffer = self.function(
            self.BUFFER, ctypes.c_void_p, ctypes.addressof(data), ctypes.sizeof(data)
        )
        return self.call(
            self.CALL_LONG, ctypes.c_int64, "open", "(Ljava/nio/ByteBuffer;)J", buffer
        )

    def step(self, count):
        self.call(self.CALL_VOID, None, "step", "(J)V", count)

    def close(self):
        self.call(self.CALL_VOID, None, "close", "()V")


def table(parameters, gradients):
    rows = []
    for p, g in zip(parameters, gradients):
        rows += [p.data_ptr(), g.data_ptr(), p.numel()]
    return rows


def views(lengths):
    """Tensors of which each begins four bytes further from a multiple of 16 than the one before."""
    return [torch.zeros(n + 4, device="cuda")[i % 4 : i % 4 + n] for i, n in enumerate(lengths)]


def formula(p, g, v):
    v = DECAY * v + (np.float32(1) - DECAY) * g * g
    return p - RATE * (g / np.sqrt(v + EPSILON)), v


def compare(java, order, lengths):
    """Gradients are made on the device just before a step, and overwritten just after it."""
    torch.manual_seed(1)
    stream = torch.cuda.default_stream() if order == "default stream" else torch.cuda.Stream()
    busy = torch.randn(4096, 4096, device="cuda")
    parameters, gradients = views(lengths), views(lengths)
    batches = [[torch.randn(n, device="cuda") for n in lengths] for _ in range(STEPS)]
    for p in parameters:
        p.normal_()
    expected = [p.cpu().numpy() for p in parameters]
    squares = [np.zeros(n, np.float32) for n in lengths]
    torch.cuda.synchronize()
    queue = torch.cuda.ExternalStream(java.open(table(parameters, gradients)))
    seen = []
    with torch.cuda.stream(stream):
        for batch in batches:
            busy = busy @ busy
            busy = busy / busy.norm()
            for g, values in zip(gradients, batch):
                g.copy_(values)
            if order == "events":
                queue.wait_stream(stream)
            java.step(1)
            if order == "events":
                stream.wait_stream(queue)
            seen.append([p.clone() for p in parameters])
            for g in gradients:
                g.fill_(float("nan"))
    torch.cuda.synchronize()
    java.close()
    different = 0
    for batch, found in zip(batches, seen):
        for i, g in enumerate(batch):
            expected[i], squares[i] = formula(expected[i], g.cpu().numpy(), squares[i])
            other = expected[i].view(np.uint32) != found[i].cpu().numpy().view(np.uint32)
            different += int(other.sum())
    values = STEPS * sum(lengths)
    print("%-44s %11d values, %d different" % ("order by " + order, values, different), flush=True)
    return different


def optax_steps(lengths, count):
    """Steps of Optax, compiled by JAX, that use their memory again; a function that waits for them."""
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    import jax
    import optax

    keys = jax.random.split(jax.random.key(0), 2 * len(lengths))
    make = [jax.random.normal(key, (n,)) for key, n in zip(keys, lengths * 2)]
    rule = optax.rmsprop(1e-3)
    gradients = make[len(lengths) :]
    held = [make[: len(lengths)], rule.init(make[: len(lengths)])]

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(parameters, state, gradients):
        updates, state = rule.update(gradients, state, parameters)
        return optax.apply_updates(parameters, updates), state

    def run():
        for _ in range(count):
            held[:] = step(*held, gradients)
        jax.block_until_ready(held)

    return run


def measure(java, name, lengths):
    """Time of a step, beside PyTorch's own over the same tensors, by turns."""
    parameters = [torch.randn(n, device="cuda") for n in lengths]
    gradients = [torch.randn(n, device="cuda") for n in lengths]
    for p, g in zip(parameters, gradients):
        p.grad = g
    java.open(table(parameters, gradients))
    own = torch.optim.RMSprop(parameters, lr=1e-3, foreach=True)
    capturable = torch.optim.RMSprop(parameters, lr=1e-3, foreach=True, capturable=True)
    one_by_one = torch.optim.RMSprop(parameters, lr=1e-3, foreach=False)
    compiled = torch.compile(capturable.step)
    count = max(10, min(300, int(3e8 / sum(lengths))))

    def repeated(step):
        return lambda: [step() for _ in range(count)]

    works = {
        "Rootmean, wrapped": lambda: java.step(count),
        "torch.optim.RMSprop, foreach": repeated(own.step),
        "torch.optim.RMSprop, one by one": repeated(one_by_one.step),
        "torch.optim.RMSprop, torch.compile": repeated(compiled),
    }
    try:
        works["optax.rmsprop, jax.jit"] = optax_steps(lengths, count)
    except ImportError as e:
        print("no Optax: %s" % e)
    times = {work: [] for work in works}
    for turn in range(7):
        for work, run in list(works.items()):
            try:
                torch.cuda.synchronize()
                begin = time.perf_counter()
                run()
                torch.cuda.synchronize()
                if turn > 1:
                    times[work].append(1e6 * (time.perf_counter() - begin) / count)
            except Exception as e:  # torch.compile wants a C compiler, and more
                print("%s: %s" % (work, str(e).strip().split("\n")[0]), flush=True)
                del works[work]
    java.close()
    ours = statistics.median(times["Rootmean, wrapped"])
    for work in works:
        us = statistics.median(times[work])
        print("%-12s %-36s %10.1f us a step  %6.2f" % (name, work, us, us / ours), flush=True)


def main(home):
    torch.zeros(1, device="cuda")  # PyTorch's context comes first, as in a program of PyTorch's
    java = Java(home, "dev/rootmean/gpu/TorchTensors")
    lengths = [1, 3, 1000, 4097, 70001, 1 << 20, (1 << 22) + 5]
    different = compare(java, "default stream", lengths) + compare(java, "events", lengths)
    print("without any order (a race, for comparison)")
    compare(java, "nothing", lengths)
    works = [("10^6", [10**6]), ("10^8", [10**8])]
    try:
        import torchvision

        works += [("ResNet-50", [p.numel() for p in torchvision.models.resnet50().parameters()])]
    except ImportError as e:
        print("no ResNet-50: %s" % e)
    for name, sizes in works:
        measure(java, name, sizes)
    print("all bits equal" if different == 0 else "FAILED: %d values differ" % different)
    sys.exit(0 if different == 0 else 1)


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])
