"""The inner loops of the index search, written for vector registers: sixteen keys, or sixteen cells, at a time.

LLVM's own vectoriser leaves these loops scalar, because they gather by position or keep only values above a bound. Written as
LLVM instructions they run five times faster, on every processor that LLVM supports: without AVX-512, LLVM splits the vectors.

They are Numba intrinsics, called from compiled functions only; their arguments' shapes are the caller's responsibility.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sparsemix.kernels.vectors import (
    F32,
    FLOATS,
    I32,
    I64,
    INTS,
    WIDTH,
    Arrays,
    Highest,
    any_of,
    append,
    at_most,
    by_offset,
    call,
    load,
    product,
    splat,
)


@intrinsic  # type: ignore[untyped-decorator]
def score_block(
    typing: Any,
    query: Any,
    i: Any,
    b: Any,
    blocks: Any,
    position: Any,
    bias: Any,
    most: Any,
    floor: Any,
    key: Any,
    logit: Any,
    count: Any,
) -> Any:
    """Compute the logits of the keys of block ``b`` for the query at place ``i``, and append those above ``floor``.

    ``query`` float32 [D], D a multiple of 8; ``blocks`` float32 [B, D, 16]; ``position`` int32 [B, 16]; ``bias`` float32 [2 N +
    1] by j - i + N, the last entry for places that hold no key; ``most``: the bias of no key of the block that counts is
    higher; ``key`` int32 and ``logit`` float32 get position and logit from index ``count`` on and must have room for 16.
    Returns the number of appended keys and the largest logit (``floor`` without any).
    """
    single = types.float32
    arguments = (query, types.int64, types.int64, blocks, position, bias, single, single, key, logit, types.int64)
    signature = types.Tuple((types.int64, types.float32))(*arguments)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = Arrays(context, builder, signature, values)
        i, b, floor, count = values[1], values[2], values[7], values[10]
        depth = builder.extract_value(array(0).shape, 0)
        first = builder.mul(b, builder.mul(depth, I64(WIDTH)))

        def term(row: Any) -> tuple[Any, Any]:
            factor = builder.load(builder.gep(array(0).data, [row]))
            return factor, load(builder, array(3).data, builder.add(first, builder.mul(row, I64(WIDTH))), FLOATS)

        content = product(builder, depth, ir.Constant(FLOATS, [0.0] * WIDTH), term)
        floors = splat(builder, floor, FLOATS)
        added = cgutils.alloca_once_value(builder, I64(0))
        top = cgutils.alloca_once_value(builder, floor)
        # The bias of each key is looked up far apart in memory, and most blocks hold no key that could be above the floor.
        nearest = builder.fadd(content, splat(builder, values[6], FLOATS))
        with builder.if_then(any_of(builder, builder.fcmp_ordered(">", nearest, floors))):
            place = load(builder, array(4).data, builder.mul(b, I64(WIDTH)), INTS)
            score = builder.fadd(content, by_offset(builder, array(5), place, i))
            above = builder.fcmp_ordered(">", score, floors)
            with builder.if_then(any_of(builder, above)):
                builder.store(append(builder, above, count, (array(8).data, place), (array(9).data, score)), added)
                builder.store(call(builder, "llvm.vector.reduce.fmax", F32, [score]), top)
        return context.make_tuple(builder, signature.return_type, [builder.load(added), builder.load(top)])

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def fetch(typing: Any, values: Any, index: Any) -> Any:
    """Ask memory for the line that holds ``values`` at ``index``, counted flat, because it will soon be read."""
    signature = types.none(values, types.int64)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        place = builder.gep(Arrays(context, builder, signature, values)(0).data, [values[1]])
        pointer = ir.IntType(8).as_pointer()
        ask = ir.FunctionType(ir.VoidType(), [pointer, I32, I32, I32])
        read, keep, data = I32(0), I32(3), I32(1)
        function = cgutils.get_or_insert_function(builder.module, ask, "llvm.prefetch.p0")
        builder.call(function, [builder.bitcast(place, pointer), read, keep, data])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def reachable(
    typing: Any,
    query: Any,
    low: Any,
    high: Any,
    tile: Any,
    end: Any,
    recent: Any,
    coming: Any,
    slopes: Any,
    i: Any,
    floor: Any,
    name: Any,
    content: Any,
    bound: Any,
) -> Any:
    """Find the boxes of the tiles ``tile`` to ``end`` that may hold a key above ``floor`` for the query at place ``i``.

    ``query`` float32 [D]; ``low``, ``high`` float32 [T, D, 16]: sixteen boxes per tile; ``recent``, ``coming`` int32 [16 T]:
    place of a box's nearest key at or before the query, and after it (2 N: none); ``slopes`` float32 [3]: by how much the bias
    of earlier and of later keys falls when 1 + distance doubles, and the bias of later keys at distance 0. Writes, for each
    such box, its number (16 * tile + lane) to ``name`` int32, the bound of its content logit to ``content`` and of its logit to
    ``bound`` float32; returns the number of boxes.
    """
    places = (
        query,
        low,
        high,
        types.int64,
        types.int64,
        recent,
        coming,
        slopes,
        types.int64,
        types.float32,
        name,
        content,
        bound,
    )
    signature = types.int64(*places)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = Arrays(context, builder, signature, values)
        tile, end, i, floor = values[3], values[4], values[8], values[9]
        vector, lower, upper = array(0), array(1).data, array(2).data
        depth = builder.extract_value(vector.shape, 0)
        floors, here = splat(builder, floor, FLOATS), splat(builder, builder.trunc(i, I32), INTS)
        count = cgutils.alloca_once_value(builder, I64(0))
        past, future, nearest = (splat(builder, builder.load(builder.gep(array(7).data, [I64(k)])), FLOATS) for k in range(3))
        # Where the content bound at the nearest later place is below the floor, no later key is looked up.
        zero = ir.Constant(FLOATS, [0.0] * WIDTH)
        ahead = builder.fsub(nearest, future)
        # Later keys can be preferred to the query's own place, where the bias is 0.
        most = call(builder, "llvm.maxnum", FLOATS, [ahead, zero])
        lanes = ir.Constant(INTS, list(range(WIDTH)))
        with cgutils.for_range_slice(builder, tile, end, I64(1)) as (t, _):
            first = builder.mul(t, builder.mul(depth, I64(WIDTH)))

            def term(row: Any, first: Any = first) -> tuple[Any, Any]:
                factor = builder.load(builder.gep(vector.data, [row]))
                # In every dimension, the side of the box with the larger product.
                side = builder.select(builder.fcmp_ordered(">", factor, F32(0.0)), upper, lower)
                return factor, load(builder, side, builder.add(first, builder.mul(row, I64(WIDTH))), FLOATS)

            inside = product(builder, depth, zero, term)
            with builder.if_then(any_of(builder, builder.fcmp_ordered(">", builder.fadd(inside, most), floors))):
                begin = builder.mul(t, I64(WIDTH))
                behind = at_most(builder, builder.sub(here, load(builder, array(5).data, begin, INTS)), past, zero)
                best = cgutils.alloca_once(builder, FLOATS)
                builder.store(builder.fadd(inside, behind), best)
                with builder.if_then(any_of(builder, builder.fcmp_ordered(">", builder.fadd(inside, ahead), floors))):
                    after = at_most(builder, builder.sub(load(builder, array(6).data, begin, INTS), here), future, nearest)
                    either = [builder.load(best), builder.fadd(inside, after)]
                    builder.store(call(builder, "llvm.maxnum", FLOATS, either), best)
                above = builder.fcmp_ordered(">", builder.load(best), floors)
                with builder.if_then(any_of(builder, above)):
                    which = builder.add(splat(builder, builder.trunc(begin, I32), INTS), lanes)
                    columns = (array(10).data, which), (array(11).data, inside), (array(12).data, builder.load(best))
                    so_far = builder.load(count)
                    builder.store(builder.add(so_far, append(builder, above, so_far, *columns)), count)
        return builder.load(count)

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def highest(typing: Any, bound: Any, begin: Any, end: Any) -> Any:
    """Return the place of the highest of ``bound`` float32 from ``begin`` to ``end``, the first of several; behind ``end``
    there must be room for 15 more. Where all are -inf, ``begin``."""
    signature = types.int64(bound, types.int64, types.int64)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        data, (_, begin, end) = Arrays(context, builder, signature, values)(0).data, values
        never, lanes = ir.Constant(FLOATS, [-math.inf] * WIDTH), ir.Constant(INTS, list(range(WIDTH)))
        best = Highest(builder, begin)
        with cgutils.for_range_slice(builder, begin, end, I64(WIDTH)) as (start, _):
            left = splat(builder, builder.trunc(builder.sub(end, start), I32), INTS)
            there = builder.select(builder.icmp_signed("<", lanes, left), load(builder, data, start, FLOATS), never)
            best.add(there, start)
        return best.place()

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def nearest(typing: Any, key: Any, centroid: Any, half_norm: Any, begin: Any, end: Any) -> Any:
    """Return which centroid of the tiles ``begin`` to ``end`` is nearest to ``key`` float32 [D], the first of several:
    ``centroid`` float32 [T, D, 16], ``half_norm`` |c|^2 / 2 float32 [16 T], infinite where there is no centroid."""
    signature = types.int64(key, centroid, half_norm, types.int64, types.int64)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = Arrays(context, builder, signature, values)
        vector, depth = array(0).data, builder.extract_value(array(0).shape, 0)
        best = Highest(builder, I64(0))
        with cgutils.for_range_slice(builder, values[3], values[4], I64(1)) as (tile, _):
            begin = builder.mul(tile, I64(WIDTH))
            first = builder.mul(begin, depth)

            def term(row: Any, first: Any = first) -> tuple[Any, Any]:
                own = load(builder, array(1).data, builder.add(first, builder.mul(row, I64(WIDTH))), FLOATS)
                return builder.load(builder.gep(vector, [row])), own

            near = product(builder, depth, builder.fneg(load(builder, array(2).data, begin, FLOATS)), term)
            best.add(near, begin)
        return best.place()

    return signature, codegen
