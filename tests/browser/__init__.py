"""Walks through the app. A package, so that browser and servers end with its last test: Playwright keeps an event loop running
in the thread of the tests, in which no other can, and what comes after has the memory."""
