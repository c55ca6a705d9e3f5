#!/usr/bin/env python3
"""Writes the files of this folder, which FilesOfPythonTest reads, with the libraries that people use.

python3 write-files.py [--check FOLDER]

What is here was written with torch 2.13.0, safetensors 0.8.0 and huggingface_hub 2.0.0, and comes out
the same each time. The training is the example of docs/checkpoints.md, as it is there. With --check it
goes on with a model.safetensors and a state.safetensors that Rootmean has saved, and tells how far it
comes from PyTorch's own.
"""
import os
import pathlib
import sys

import huggingface_hub
import safetensors.torch
import torch

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = (HERE.parents[7] / "docs/checkpoints.md").read_text().split("```python\n")[1].split("```")[0]
STEPS = 5


def training(plain):
    torch.manual_seed(1)
    example = {}
    exec(EXAMPLE.replace(", momentum=0.9, centered=True", "") if plain else EXAMPLE, example)
    return example


def step(example, numbers):
    for number in numbers:
        for p in example["model"].parameters():
            elements = torch.arange(p.numel())
            p.grad = ((elements * 7 + number * 3) % 11 - 5).float().div(4).reshape(p.shape)
        example["optimizer"].step()


def write_trainings():
    for kind in "plain", "momentum":
        os.makedirs(HERE / kind, exist_ok=True)
        os.chdir(HERE / kind)
        example = training(kind == "plain")
        step(example, range(STEPS))
        example["save"]()
        parameters = {name: p.detach() for name, p in example["model"].named_parameters()}
        step(example, range(STEPS, 2 * STEPS))
        safetensors.torch.save_file(parameters, "later.safetensors")


def check(folder):
    os.chdir(folder)
    example = training(plain=False)
    example["load"]()
    step(example, range(STEPS, 2 * STEPS))
    later = safetensors.torch.load_file(HERE / "momentum/later.safetensors")
    for name, p in example["model"].named_parameters():
        print(name, "differs by up to", (p - later[name]).abs().max().item(), "of", p.abs().max().item())


class Network(torch.nn.Module):
    """Tensor number k has the elements k, k + 1/4, k + 2/4 and so on, but for whole ones."""

    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(1, 2, 3)
        self.norm = torch.nn.BatchNorm2d(2)  # has an I64 without dimensions
        self.register_buffer("small", torch.empty(3, dtype=torch.float16))
        self.register_buffer("mask", torch.empty(2, 2, dtype=torch.bool))
        self.register_buffer("empty", torch.empty(0, 3))
        self.register_buffer("rate", torch.empty((), dtype=torch.float64))
        self.register_buffer("rough", torch.empty(5, dtype=torch.bfloat16))
        self.register_buffer("whole", torch.empty(2, 3, dtype=torch.int64))
        for k, t in enumerate(self.state_dict().values()):
            elements = torch.arange(t.numel()) / (4 if t.is_floating_point() else 1)
            t.copy_((k + elements).reshape(t.shape))


if sys.argv[1:2] == ["--check"]:
    check(sys.argv[2])
else:
    state = Network().state_dict()
    texts = {"format": "pt", "author": "Zoë \"Z\"\n\\ \U0001f600"}
    safetensors.torch.save_file(state, HERE / "network.safetensors", metadata=texts)
    ours = {name: t for name, t in state.items() if t.dtype in (torch.float32, torch.float64, torch.bfloat16)}
    safetensors.torch.save_file(ours, HERE / "floats.safetensors", metadata={"format": "pt"})
    os.makedirs(HERE / "split", exist_ok=True)
    huggingface_hub.save_torch_state_dict(state, HERE / "split", max_shard_size=100)
    write_trainings()
