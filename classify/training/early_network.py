"""The early classifier's network, in Keras, and its form for a broker, in TensorFlow Lite.

Two views of the stamps, the middle at full resolution and all of it at a third (multi-scale stamps: Reyes-Jainaga
et al. 2023, ApJL 952 L43), pass through one small stack of convolutions; metadata join after it. It learns from
one orientation of a stamp at a time, drawn anew each time. The exported graph runs all eight, four turns and their
mirror images, and takes the mean of the logits: a turned or mirrored stamp gives the same answer by construction.
"""

import contextlib
import io
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from numpy.typing import NDArray

from classify.stamps.triplet import CHANNELS, SIZE

VIEW = SIZE // 3
"""Pixels a side of both views."""
VIEW_CHANNELS = 2 * CHANNELS
_WIDTHS = (32, 48, 64)


def views_of(pixels: NDArray[np.float16]) -> NDArray[np.float16]:
    """n x VIEW x VIEW x VIEW_CHANNELS: what the exported graph makes of the stamps first."""
    middle = pixels[:, VIEW : 2 * VIEW, VIEW : 2 * VIEW]
    whole = pixels.reshape(-1, VIEW, 3, VIEW, 3, CHANNELS).mean((2, 4), dtype=np.float32).astype(np.float16)
    return np.concatenate([middle, whole], axis=3)


def build_network(numbers: int, classes: int) -> keras.Model:
    """Views and scaled metadata in, logits out; what is trained."""
    views = keras.Input((VIEW, VIEW, VIEW_CHANNELS), name="views")
    metadata = keras.Input((numbers,), name="metadata")
    narrow, middle, wide = _WIDTHS
    light = _convolution(narrow)(_convolution(narrow)(views))
    light = layers.MaxPooling2D(2)(light)
    light = _convolution(middle)(_convolution(middle)(light))
    light = layers.MaxPooling2D(2)(light)
    light = layers.Conv2D(wide, 3, activation="relu", kernel_initializer="he_normal")(light)
    light = layers.Dropout(0.3)(layers.Flatten()(light))
    light = layers.Dense(64, activation="relu")(light)
    said = layers.Dense(48, activation="relu")(layers.Dropout(0.05)(metadata))
    both = layers.Dropout(0.3)(layers.Concatenate()([light, said]))
    both = layers.Dropout(0.3)(layers.Dense(64, activation="relu")(both))
    return keras.Model([views, metadata], layers.Dense(classes, name="logits")(both))


def build_metadata_network(numbers: int, classes: int) -> keras.Model:
    """The baseline that never looks at a stamp."""
    metadata = keras.Input((numbers,), name="metadata")
    said = layers.Dense(48, activation="relu")(metadata)
    said = layers.Dense(32, activation="relu")(layers.Dropout(0.3)(said))
    return keras.Model(metadata, layers.Dense(classes, name="logits")(said))


def for_all_orientations(trained: keras.Model) -> keras.Model:
    """Stamps and scaled metadata in, mean logits of the eight orientations out."""
    numbers = trained.inputs[1].shape[1]
    stamps = keras.Input((SIZE, SIZE, CHANNELS), name="stamps")
    metadata = keras.Input((numbers,), name="metadata")
    whole = layers.AveragePooling2D(3)(stamps)
    views = layers.Concatenate()([layers.Cropping2D(VIEW)(stamps), whole])
    turned, repeated = _EightOrientations()(views), _EightTimes()(metadata)
    logits = _MeanOfEight(name="logits")(trained([turned, repeated]))
    return keras.Model([stamps, metadata], logits)


def to_tflite(model: keras.Model) -> bytes:
    """32-bit floats; any number of alerts at once."""
    with contextlib.redirect_stdout(io.StringIO()):
        written: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    return written


def _convolution(filters: int) -> layers.Layer:
    return layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")


@keras.saving.register_keras_serializable("arrayan")
class _EightOrientations(layers.Layer):  # type: ignore[misc]
    """8 n images for n, orientation by orientation."""

    def call(self, images: tf.Tensor) -> tf.Tensor:
        found = []
        for flat in (images, ops.transpose(images, (0, 2, 1, 3))):
            for axes in ((), (1,), (2,), (1, 2)):
                found.append(ops.flip(flat, axes) if axes else flat)
        return ops.concatenate(found, axis=0)


@keras.saving.register_keras_serializable("arrayan")
class _EightTimes(layers.Layer):  # type: ignore[misc]
    def call(self, rows: tf.Tensor) -> tf.Tensor:
        return ops.concatenate([rows] * 8, axis=0)


@keras.saving.register_keras_serializable("arrayan")
class _MeanOfEight(layers.Layer):  # type: ignore[misc]
    def call(self, rows: tf.Tensor) -> tf.Tensor:
        return ops.mean(ops.reshape(rows, (8, -1, rows.shape[-1])), axis=0)
