"""The benchmark ``first-look``: what is shown first of real logs, beside two readings of them."""
