"""How operation goes: KPI with intervals, costs, and the roll-out by stages."""
