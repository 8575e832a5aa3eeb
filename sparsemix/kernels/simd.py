"""The inner loops of the index search, written for vector registers: sixteen keys, or sixteen cells, at a time.

LLVM's own vectoriser leaves these loops scalar, because they gather by position or keep only values above a bound. Written as
LLVM instructions they run five times faster, on every processor that LLVM supports: without AVX-512, LLVM splits the vectors.

They are Numba intrinsics, called from compiled functions only; their arguments' shapes are the caller's responsibility.
"""

from __future__ import annotations

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
    any_of,
    append,
    by_offset,
    call,
    load,
    product,
    splat,
)


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
        array = Arrays(context, builder, signature, values)
        i, b, floor, count = values[1], values[2], values[6], values[9]
        depth = builder.extract_value(array(0).shape, 0)
        place = load(builder, array(4).data, builder.mul(b, I64(WIDTH)), INTS)
        start = by_offset(builder, array(5), place, i)
        first = builder.mul(b, builder.mul(depth, I64(WIDTH)))

        def term(row: Any) -> tuple[Any, Any]:
            factor = builder.load(builder.gep(array(0).data, [row]))
            return factor, load(builder, array(3).data, builder.add(first, builder.mul(row, I64(WIDTH))), FLOATS)

        score = product(builder, depth, start, term)
        above = builder.fcmp_ordered(">", score, splat(builder, floor, FLOATS))
        added = cgutils.alloca_once_value(builder, I64(0))
        top = cgutils.alloca_once_value(builder, floor)
        with builder.if_then(any_of(builder, above)):
            builder.store(append(builder, above, count, (array(7).data, place), (array(8).data, score)), added)
            builder.store(call(builder, "llvm.vector.reduce.fmax", F32, [score]), top)
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
        array = Arrays(context, builder, signature, values)
        tile, end, i, floor = values[3], values[4], values[8], values[9]
        vector, lower, upper, table = array(0), array(1).data, array(2).data, array(7)
        depth = builder.extract_value(vector.shape, 0)
        floors = splat(builder, floor, FLOATS)
        count = cgutils.alloca_once_value(builder, I64(0))
        # Where the content bound at the nearest later place is below the floor, no later key is looked up.
        middle = builder.lshr(builder.extract_value(table.shape, 0), I64(1))
        later = builder.load(builder.gep(table.data, [builder.add(middle, I64(1))]))
        ahead = splat(builder, later, FLOATS)
        # Later keys can be preferred to the query's own place, where the bias is 0.
        most = splat(builder, builder.select(builder.fcmp_ordered(">", later, F32(0.0)), later, F32(0.0)), FLOATS)
        lanes = ir.Constant(INTS, list(range(WIDTH)))
        with cgutils.for_range_slice(builder, tile, end, I64(1)) as (t, _):
            first = builder.mul(t, builder.mul(depth, I64(WIDTH)))

            def term(row: Any, first: Any = first) -> tuple[Any, Any]:
                factor = builder.load(builder.gep(vector.data, [row]))
                # In every dimension, the side of the box with the larger product.
                side = builder.select(builder.fcmp_ordered(">", factor, F32(0.0)), upper, lower)
                return factor, load(builder, side, builder.add(first, builder.mul(row, I64(WIDTH))), FLOATS)

            inside = product(builder, depth, ir.Constant(FLOATS, [0.0] * WIDTH), term)
            with builder.if_then(any_of(builder, builder.fcmp_ordered(">", builder.fadd(inside, most), floors))):
                begin = builder.mul(t, I64(WIDTH))
                behind = by_offset(builder, table, load(builder, array(5).data, begin, INTS), i)
                best = cgutils.alloca_once(builder, FLOATS)
                builder.store(builder.fadd(inside, behind), best)
                with builder.if_then(any_of(builder, builder.fcmp_ordered(">", builder.fadd(inside, ahead), floors))):
                    after = by_offset(builder, table, load(builder, array(6).data, begin, INTS), i)
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
