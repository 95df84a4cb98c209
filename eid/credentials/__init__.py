"""Papers as signed statements that anybody can verify without calling us, and the status that stands behind them."""
