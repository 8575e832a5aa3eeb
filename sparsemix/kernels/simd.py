"""The inner loops of the search, written for vector registers: sixteen keys, or sixteen cells, at a time.

LLVM's own vectoriser leaves these loops scalar, because they gather by position or keep only values above a bound. Written as
LLVM instructions they run five times faster, on every processor that LLVM supports: without AVX-512, LLVM splits the vectors.

They are Numba intrinsics, called from compiled functions only; their arguments' shapes are the caller's responsibility.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDTH = 16
"""Lanes: keys of a block, cells of a group."""

# Queries that share the loaded keys.
QUERIES = 4

_I1, _I16, _I32, _I64, _F32 = ir.IntType(1), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_MASK, _INTS, _LONGS, _FLOATS = (ir.VectorType(t, WIDTH) for t in (_I1, _I32, _I64, _F32))
_POINTERS = ir.VectorType(_F32.as_pointer(), WIDTH)


@intrinsic  # type: ignore[untyped-decorator]
def score_block(
    typing: Any, query: Any, i: Any, b: Any, blocks: Any, position: Any, bias: Any, floor: Any, key: Any, logit: Any, count: Any
) -> Any:
    """Compute the logits of the keys of block ``b`` for the query at place ``i``, and append those above ``floor``.

    ``query`` float32 [D], D a multiple of 8; ``blocks`` float32 [B, D, 16]; ``position`` int32 [B, 16]; ``bias`` float32 [2 N
    + 1] by j - i + N, the last entry for places that hold no key; ``key`` int32 and ``logit`` float32 get position and logit
    from index ``count`` on and must have room for 16. Returns the number of appended keys and the largest logit (``floor``
    without any).
    """
    arguments = (query, types.int64, types.int64, blocks, position, bias, types.float32, key, logit, types.int64)
    signature = types.Tuple((types.int64, types.float32))(*arguments)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = _Arrays(context, builder, signature, values)
        i, b, floor, count = values[1], values[2], values[6], values[9]
        depth = builder.extract_value(array(0).shape, 0)
        place = _load(builder, array(4).data, builder.mul(b, _I64(WIDTH)), _INTS)
        start = _by_offset(builder, array(5), place, i)
        first = builder.mul(b, builder.mul(depth, _I64(WIDTH)))

        def term(row: Any) -> tuple[Any, Any]:
            factor = builder.load(builder.gep(array(0).data, [row]))
            return factor, _load(builder, array(3).data, builder.add(first, builder.mul(row, _I64(WIDTH))), _FLOATS)

        score = _product(builder, depth, start, term)
        above = builder.fcmp_ordered(">", score, _splat(builder, floor, _FLOATS))
        added = cgutils.alloca_once_value(builder, _I64(0))
        top = cgutils.alloca_once_value(builder, floor)
        with builder.if_then(_any(builder, above)):
            builder.store(_append(builder, above, count, (array(7).data, place), (array(8).data, score)), added)
            builder.store(_call(builder, "llvm.vector.reduce.fmax", _F32, [score]), top)
        return context.make_tuple(builder, signature.return_type, [builder.load(added), builder.load(top)])

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
    bias: Any,
    i: Any,
    floor: Any,
    name: Any,
    content: Any,
    bound: Any,
) -> Any:
    """Find the boxes of the tiles ``tile`` to ``end`` that may hold a key above ``floor`` for the query at place ``i``.

    ``query`` float32 [D]; ``low``, ``high`` float32 [T, D, 16]: sixteen boxes per tile; ``recent``, ``coming`` int32 [16 T]:
    place of a box's nearest key at or before the query, and after it (2 N: none); ``bias`` as for ``score_block``. Writes,
    for each such box, its number (16 * tile + lane) to ``name`` int32, the bound of its content logit to ``content`` and of
    its logit to ``bound`` float32; returns the number of boxes.
    """
    places = (
        query,
        low,
        high,
        types.int64,
        types.int64,
        recent,
        coming,
        bias,
        types.int64,
        types.float32,
        name,
        content,
        bound,
    )
    signature = types.int64(*places)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = _Arrays(context, builder, signature, values)
        tile, end, i, floor = values[3], values[4], values[8], values[9]
        vector, lower, upper, table = array(0), array(1).data, array(2).data, array(7)
        depth = builder.extract_value(vector.shape, 0)
        floors = _splat(builder, floor, _FLOATS)
        count = cgutils.alloca_once_value(builder, _I64(0))
        # Where the content bound at the nearest later place is below the floor, no later key is looked up.
        middle = builder.lshr(builder.extract_value(table.shape, 0), _I64(1))
        later = builder.load(builder.gep(table.data, [builder.add(middle, _I64(1))]))
        ahead = _splat(builder, later, _FLOATS)
        # Later keys can be preferred to the query's own place, where the bias is 0.
        most = _splat(builder, builder.select(builder.fcmp_ordered(">", later, _F32(0.0)), later, _F32(0.0)), _FLOATS)
        lanes = ir.Constant(_INTS, list(range(WIDTH)))
        with cgutils.for_range_slice(builder, tile, end, _I64(1)) as (t, _):
            first = builder.mul(t, builder.mul(depth, _I64(WIDTH)))

            def term(row: Any, first: Any = first) -> tuple[Any, Any]:
                factor = builder.load(builder.gep(vector.data, [row]))
                # In every dimension, the side of the box with the larger product.
                side = builder.select(builder.fcmp_ordered(">", factor, _F32(0.0)), upper, lower)
                return factor, _load(builder, side, builder.add(first, builder.mul(row, _I64(WIDTH))), _FLOATS)

            inside = _product(builder, depth, ir.Constant(_FLOATS, [0.0] * WIDTH), term)
            with builder.if_then(_any(builder, builder.fcmp_ordered(">", builder.fadd(inside, most), floors))):
                begin = builder.mul(t, _I64(WIDTH))
                behind = _by_offset(builder, table, _load(builder, array(5).data, begin, _INTS), i)
                best = cgutils.alloca_once(builder, _FLOATS)
                builder.store(builder.fadd(inside, behind), best)
                with builder.if_then(_any(builder, builder.fcmp_ordered(">", builder.fadd(inside, ahead), floors))):
                    after = _by_offset(builder, table, _load(builder, array(6).data, begin, _INTS), i)
                    either = [builder.load(best), builder.fadd(inside, after)]
                    builder.store(_call(builder, "llvm.maxnum", _FLOATS, either), best)
                above = builder.fcmp_ordered(">", builder.load(best), floors)
                with builder.if_then(_any(builder, above)):
                    which = builder.add(_splat(builder, builder.trunc(begin, _I32), _INTS), lanes)
                    columns = (array(10).data, which), (array(11).data, inside), (array(12).data, builder.load(best))
                    so_far = builder.load(count)
                    builder.store(builder.add(so_far, _append(builder, above, so_far, *columns)), count)
        return builder.load(count)

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def score_four(
    typing: Any,
    query: Any,
    which: Any,
    b: Any,
    blocks: Any,
    position: Any,
    bias: Any,
    reach: Any,
    best: Any,
    floor: Any,
    key: Any,
    logit: Any,
    count: Any,
) -> Any:
    """Compute the logits of sixteen consecutive keys, those of block ``b``, for four queries, and keep those above the floors.

    ``query`` float32 [N, D]; ``which`` int64 [4]: the queries' places; ``blocks`` float32 [B, D, 16], ``position`` int32 [B,
    16]: place 16 b + lane, or 2 N where there is no key; ``bias`` float32 [2 N + 16] by j - i + N, any values from entry 2 N
    on. Of each query: ``reach`` float32 [4]; ``best`` and ``floor`` float32 [4], raised to the largest logit and to ``best`` -
    ``reach``; ``key`` int32 and ``logit`` float32 [4, n] get the keys above the floor, from index ``count`` int64 [4] on, which
    is raised too.
    """
    integers, floats = types.Array(types.int64, 1, "C"), types.Array(types.float32, 1, "C")
    places = (query, integers, types.int64, blocks, position, bias, floats, floats, floats, key, logit, integers)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = _Arrays(context, builder, signature, values)
        b, depth, room = values[2], *(builder.extract_value(array(k).shape, 1) for k in (0, 9))
        n = builder.lshr(builder.sub(builder.extract_value(array(5).shape, 0), _I64(WIDTH)), _I64(1))
        place = _load(builder, array(4).data, builder.mul(b, _I64(WIDTH)), _INTS)
        nowhere = _splat(builder, builder.trunc(builder.shl(n, _I64(1)), _I32), _INTS)
        there = builder.icmp_unsigned("<", place, nowhere)
        never = ir.Constant(_FLOATS, [-math.inf] * WIDTH)
        rows, totals = [], []
        for k in range(QUERIES):
            i = builder.load(builder.gep(array(1).data, [_I64(k)]))
            offset = builder.add(builder.sub(builder.mul(b, _I64(WIDTH)), i), n)
            totals.append(cgutils.alloca_once_value(builder, _load(builder, array(5).data, offset, _FLOATS)))
            rows.append(builder.gep(array(0).data, [builder.mul(i, depth)]))
        first = builder.mul(b, builder.mul(depth, _I64(WIDTH)))
        with cgutils.for_range_slice(builder, _I64(0), depth, _I64(8)) as (d, _):
            for step in range(8):
                row = builder.add(d, _I64(step))
                keys = _load(builder, array(3).data, builder.add(first, builder.mul(row, _I64(WIDTH))), _FLOATS)
                for vector, total in zip(rows, totals, strict=True):
                    factor = _splat(builder, builder.load(builder.gep(vector, [row])), _FLOATS)
                    builder.store(_call(builder, "llvm.fma", _FLOATS, [factor, keys, builder.load(total)]), total)
        for k, total in enumerate(totals):
            reach, best, floor, count = (builder.gep(array(column).data, [_I64(k)]) for column in (6, 7, 8, 11))
            score = builder.select(there, builder.load(total), never)
            above = builder.fcmp_ordered(">", score, _splat(builder, builder.load(floor), _FLOATS))
            with builder.if_then(_any(builder, above)):
                so_far = builder.load(count)
                columns = ((builder.gep(array(c).data, [builder.mul(_I64(k), room)]), v) for c, v in ((9, place), (10, score)))
                builder.store(builder.add(so_far, _append(builder, above, so_far, *columns)), count)
                top = _call(builder, "llvm.vector.reduce.fmax", _F32, [score])
                with builder.if_then(builder.fcmp_ordered(">", top, builder.load(best))):
                    builder.store(top, best)
                    raised = builder.fsub(top, builder.load(reach))
                    with builder.if_then(builder.fcmp_ordered(">", raised, builder.load(floor))):
                        builder.store(raised, floor)
        return context.get_dummy_value()

    return types.none(*places), codegen


class _Arrays:
    """Array arguments of an intrinsic, by their position."""

    def __init__(self, context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> None:
        self._context, self._builder, self._types, self._values = context, builder, signature.args, values

    def __call__(self, k: int) -> Any:
        return self._context.make_array(self._types[k])(self._context, self._builder, self._values[k])


def _product(builder: ir.IRBuilder, depth: Any, start: Any, term: Callable[[Any], tuple[Any, Any]]) -> Any:
    """Return ``start`` plus the products of a factor and WIDTH values, which ``term`` gives for each of ``depth`` rows."""
    # Two sums, or every product would wait for the previous product.
    even = cgutils.alloca_once_value(builder, start)
    odd = cgutils.alloca_once_value(builder, ir.Constant(_FLOATS, [0.0] * WIDTH))
    with cgutils.for_range_slice(builder, _I64(0), depth, _I64(8)) as (d, _):
        for step in range(8):
            factor, values = term(builder.add(d, _I64(step)))
            total = odd if step % 2 else even
            products = [_splat(builder, factor, _FLOATS), values, builder.load(total)]
            builder.store(_call(builder, "llvm.fma", _FLOATS, products), total)
    return builder.fadd(builder.load(even), builder.load(odd))


def _call(builder: ir.IRBuilder, name: str, result: Any, values: list[Any]) -> Any:
    """Call an LLVM intrinsic that is overloaded by the vector's type."""
    vector = values[0].type
    suffix = {_FLOATS: f"v{WIDTH}f32", _INTS: f"v{WIDTH}i32"}[vector]
    signature = ir.FunctionType(result, [value.type for value in values])
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, f"{name}.{suffix}"), values)


def _splat(builder: ir.IRBuilder, value: Any, vector: ir.VectorType) -> Any:
    """Return the value in every lane."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, value, _I32(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(_INTS, [0] * WIDTH))


def _load(builder: ir.IRBuilder, data: Any, index: Any, vector: ir.VectorType) -> Any:
    """Load WIDTH values from ``index`` on; they need not be aligned."""
    pointer = builder.bitcast(builder.gep(data, [index]), vector.as_pointer())
    loaded = builder.load(pointer)
    loaded.align = 4
    return loaded


def _any(builder: ir.IRBuilder, mask: Any) -> Any:
    return builder.icmp_unsigned("!=", builder.bitcast(mask, _I16), _I16(0))


def _by_offset(builder: ir.IRBuilder, bias: Any, place: Any, i: Any) -> Any:
    """Return the distance bias of the keys at ``place`` for the query at ``i``."""
    last = builder.sub(builder.extract_value(bias.shape, 0), _I64(1))
    shift = builder.trunc(builder.sub(builder.lshr(last, _I64(1)), i), _I32)
    index = builder.add(place, _splat(builder, shift, _INTS))
    end = _splat(builder, builder.trunc(last, _I32), _INTS)
    index = builder.select(builder.icmp_unsigned("<", index, end), index, end)
    start = _splat(builder, builder.ptrtoint(bias.data, _I64), _LONGS)
    bytes_on = builder.shl(builder.zext(index, _LONGS), ir.Constant(_LONGS, [2] * WIDTH))
    pointers = builder.inttoptr(builder.add(start, bytes_on), _POINTERS)
    signature = ir.FunctionType(_FLOATS, [_POINTERS, _I32, _MASK, _FLOATS])
    gather = cgutils.get_or_insert_function(builder.module, signature, f"llvm.masked.gather.v{WIDTH}f32.v{WIDTH}p0")
    everywhere = ir.Constant(_MASK, [1] * WIDTH)
    return builder.call(gather, [pointers, _I32(4), everywhere, ir.Constant(_FLOATS, ir.Undefined)])


def _append(builder: ir.IRBuilder, mask: Any, count: Any, *columns: tuple[Any, Any]) -> Any:
    """Store the lanes under the mask one after another from index ``count`` on, and return their number."""
    for data, lanes in columns:
        suffix = {_FLOATS: f"v{WIDTH}f32", _INTS: f"v{WIDTH}i32"}[lanes.type]
        signature = ir.FunctionType(ir.VoidType(), [lanes.type, data.type, _MASK])
        store = cgutils.get_or_insert_function(builder.module, signature, f"llvm.masked.compressstore.{suffix}")
        builder.call(store, [lanes, builder.gep(data, [count]), mask])
    return builder.zext(builder.ctpop(builder.bitcast(mask, _I16)), _I64)
