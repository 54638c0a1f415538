"""Herbal prescriptions 中药饮片: how their doses are prepared, the weighing of their slices, and what the clinic boils 代煎.

The only writer of ``herbal_order``, ``herbal_weight``, ``decoction`` and ``decoction_step``.
"""

from server.herbal.orders import enter_order

__all__ = ["enter_order"]
