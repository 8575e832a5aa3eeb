"""The benchmark ``words``: what logging statements of public source code say of how severe a sentence is."""
