"""A TensorFlow Lite network of plain convolutions as ONNX, for pictures of any size.

Just the operators that BlazeFace is made of (https://www.tensorflow.org/mlir/tfl_ops); anything else is refused.
Heights and widths become free: in multiples of 32 pixels, "same" padding stays what it is at the 192 it was made for.
Weights stay the half-precision numbers they are in the original, and are widened when the network is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

OPSET: Final = 17
_KINDS: Final = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
_ITEMS: Final = {
    schema.TensorType.FLOAT32: np.dtype("<f4"),
    schema.TensorType.FLOAT16: np.dtype("<f2"),
    schema.TensorType.INT32: np.dtype("<i4"),
}
_SAME: Final = 0


class Converter:
    """Reads one ``.tflite`` file; :meth:`convert` gives the ONNX model."""

    def __init__(self, data: bytes) -> None:
        self._model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        (self._graph,) = self._model.subgraphs
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._halves: dict[int, int] = {}

    def convert(self, name: str, outputs: tuple[str, ...]) -> onnx.ModelProto:
        """The input is ``image`` (1, 3, height, width); ``outputs`` names the originals in their order, each of them
        (1, places, numbers) with its places row by row.
        """
        (source,) = self._graph.inputs
        self._node("Identity", ["image"], self._name(source))
        for operator in self._graph.operators:
            code = self._model.operatorCodes[operator.opcodeIndex]
            kind = _KINDS[max(code.builtinCode, code.deprecatedBuiltinCode)]
            make: Callable[[Any], None] | None = getattr(self, f"_{kind.lower()}", None)
            if make is None:
                raise NotImplementedError(f"The operator {kind} is not among those that BlazeFace is made of.")
            make(operator)
        for given, index in zip(outputs, self._graph.outputs, strict=True):
            self._node("Identity", [self._name(index)], given)
        widths = [int(self._graph.tensors[index].shape[-1]) for index in self._graph.outputs]
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "height", "width"])],
            [
                helper.make_tensor_value_info(given, TensorProto.FLOAT, [1, "places", width])
                for given, width in zip(outputs, widths, strict=True)
            ],
            list(self._constants.values()),
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="reelforge"
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _dequantize(self, operator: Any) -> None:
        """Half-precision weights; widened by whoever uses them, in the axes that ONNX has them in."""
        self._halves[int(operator.outputs[0])] = int(operator.inputs[0])

    def _conv_2d(self, operator: Any) -> None:
        self._convolve(operator, group=1, axes=(0, 3, 1, 2))

    def _depthwise_conv_2d(self, operator: Any) -> None:
        channels = int(self._graph.tensors[operator.inputs[0]].shape[3])
        _expect(operator.builtinOptions.depthMultiplier == 1, "one filter a channel")
        self._convolve(operator, group=channels, axes=(3, 0, 1, 2))

    def _convolve(self, operator: Any, *, group: int, axes: tuple[int, ...]) -> None:
        options = operator.builtinOptions
        _expect(options.fusedActivationFunction == 0, "no fused activation")
        _expect((options.dilationHFactor, options.dilationWFactor) == (1, 1), "no dilation")
        source, kernel, bias = (int(index) for index in operator.inputs)
        height, width = (int(side) for side in self._graph.tensors[kernel].shape[1:3])
        strides = [int(options.strideH), int(options.strideW)]
        _expect(options.padding == _SAME or (height, width) == (1, 1), "padding that keeps the size")
        self._node(
            "Conv",
            [self._name(source), self._weights(kernel, axes), self._weights(bias)],
            self._name(operator.outputs[0]),
            group=group,
            kernel_shape=[height, width],
            strides=strides,
            pads=_same([height, width], strides),
        )

    def _relu(self, operator: Any) -> None:
        self._node("Relu", [self._name(operator.inputs[0])], self._name(operator.outputs[0]))

    def _add(self, operator: Any) -> None:
        _expect(operator.builtinOptions.fusedActivationFunction == 0, "no fused activation")
        self._node("Add", [self._name(index) for index in operator.inputs], self._name(operator.outputs[0]))

    def _max_pool_2d(self, operator: Any) -> None:
        options = operator.builtinOptions
        kernel, strides = [options.filterHeight, options.filterWidth], [options.strideH, options.strideW]
        _expect(kernel == strides == [2, 2] and options.fusedActivationFunction == 0, "pools of 2 × 2")
        self._node(
            "MaxPool",
            [self._name(operator.inputs[0])],
            self._name(operator.outputs[0]),
            kernel_shape=kernel,
            strides=strides,
        )

    def _pad(self, operator: Any) -> None:
        source, amounts = (int(index) for index in operator.inputs)
        (ahead, behind) = self._values(amounts).T[:, [0, 3, 1, 2]].astype(np.int64)
        pads = self._constant(f"pads_{source}_{operator.outputs[0]}", np.concatenate([ahead, behind]))
        self._node("Pad", [self._name(source), pads], self._name(operator.outputs[0]), mode="constant")

    def _resize_bilinear(self, operator: Any) -> None:
        options = operator.builtinOptions
        _expect(options.halfPixelCenters and not options.alignCorners, "half-pixel centres")
        before, after = (self._graph.tensors[index].shape[1:3] for index in (operator.inputs[0], operator.outputs[0]))
        _expect([int(side) * 2 for side in before] == [int(side) for side in after], "doubling")
        scales = self._constant("doubled", np.array([1, 1, 2, 2], np.float32))
        self._node(
            "Resize",
            [self._name(operator.inputs[0]), "", scales],
            self._name(operator.outputs[0]),
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _reshape(self, operator: Any) -> None:
        """Places in rows: (1, numbers, rows, columns) to (1, rows × columns, numbers)."""
        source, target = self._name(operator.inputs[0]), self._name(operator.outputs[0])
        numbers = int(self._graph.tensors[operator.outputs[0]].shape[-1])
        shape = self._constant(f"shape_{numbers}", np.array([1, -1, numbers], np.int64))
        self._node("Transpose", [source], f"{target}_rows", perm=[0, 2, 3, 1])
        self._node("Reshape", [f"{target}_rows", shape], target)

    def _name(self, index: int) -> str:
        return f"t{int(index)}"

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def _weights(self, index: int, axes: tuple[int, ...] | None = None) -> str:
        half = self._halves[index]
        values = self._values(half)
        name = self._constant(f"w{half}", values.transpose(axes) if axes else values)
        self._node("Cast", [name], f"{name}_wide", to=TensorProto.FLOAT)
        return f"{name}_wide"

    def _values(self, index: int) -> np.ndarray:
        tensor = self._graph.tensors[index]
        data = bytes(self._model.buffers[tensor.buffer].data)
        return np.frombuffer(data, _ITEMS[tensor.type]).reshape([int(side) for side in tensor.shape])

    def _constant(self, name: str, values: np.ndarray) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name


def _same(kernel: list[int], strides: list[int]) -> list[int]:
    """TensorFlow's "same" padding of a side that the stride divides: what is odd goes behind."""
    total = [max(0, size - stride) for size, stride in zip(kernel, strides, strict=True)]
    return [each // 2 for each in total] + [each - each // 2 for each in total]


def _expect(true: bool, what: str) -> None:
    if not true:
        raise NotImplementedError(f"This network lacks {what}, which the conversion relies on.")
