"""Herbal prescriptions 中药饮片: how their doses are prepared, the weighing of their slices, and what the clinic boils 代煎.

The only writer of ``herbal_order``, ``herbal_weight``, ``herbal_bag``, ``decoction_choice``, ``decoction`` and ``decoction_step``.
"""

from server.herbal.orders import DECOCTS, enter_order

__all__ = ["DECOCTS", "enter_order"]
