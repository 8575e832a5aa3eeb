"""Monitor: live, KPI, roll-out, cost and saving, drift, which leads to which."""
