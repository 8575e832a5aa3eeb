"""Reading of foreign bytes in a child process, so that no file can take the app along.

    from dashboard.service.reading.reader import read_file
    read = read_file(data, "line4.csv", ReadOptions())         # a FileRead, or InputError

A file of a kilobyte can make a decoder take gigabytes, never end, or crash. The readers themselves are bounded
(``sparsemix.readers``); this package holds for what they and the decoders of others overlook:

- A *server*, started once and clean of the app's memory and environment, forks two processes for every request: a *child* that
  reads, and a *guard* that waits for it, ends it when it is too slow or nobody waits any more, and says what it took
  (``server``). A child reads one request and is gone: what one file did to it, no other file meets.
- The child's memory (RLIMIT_AS), processor time, files and core dumps are limited, and it has no network where the system
  allows to take it away (``sandbox``); ``Protection`` says what was possible.
- Nothing that the child sends is executed: frames of JSON and of bytes, each of bounded length, every value checked, and the
  memory of all of them counted (``wire``, ``forms``).
- The app gets what it shows and judges: events, the head of a table, facts of a data set, never whole tables or data sets.

`process` starts the server and talks to it; ``reader`` has a function for every kind of request, and ``work`` what the child
does for each. The library ``sparsemix`` reads without a child; so do windows of a growing log, which are lines that this
program has cut itself, and the process that learns, because a child has read the same data before.
"""
