"""The gate API for other systems: a small HTTP API that takes sequences in and answers whether they are released.

    python -m audit token issue --for mes --role service --as root      # who may ask; printed once
    python -m dashboard gate [--port 8601] [--notify https://mes.plant/hook]

Design decisions and their reasons:

- **Every caller has a token** (`audit.people.tokens`). Its account's role is looked up at every request, in the record's own
  layer.
- **A sequence is known by the SHA-256 of its bytes**, so that submitting is idempotent: bytes in the record are not judged
  again by the same weights, and there are no job numbers. An accepted sequence (202) lies on disk until the record has its
  decision or its failure (`spool`), and a restart goes on with it.
- **A lot is a name**, and every sequence that ever came under this name: a further name of known bytes is an entry of the log
  (`audit.intake.lots`) before the answer is given. So no lot is released while one of its sequences is held, failed or under
  way.
- **Back pressure**: a limited number of sequences may be under way; then the answer is 429 with Retry-After, before the body is
  read.
- **Processes judge, threads record**: one process a worker (`JudgeProcess`), replaced when it dies; decisions are recorded one
  at a time, as the account that submitted them, once (`submissions`).
- **The answer is the record's** (`audit.review.gate`): derived from proven rows at each request, and closed in doubt.
- **Notifications** follow the log (`webhooks`), which is the list of pending notifications, because reviews are given in
  another process. Decisions, moves of their gates and failures are sent at least once, signed after the Standard Webhooks
  specification. A message is not the answer: the receiver asks for it.
- **Only the command line names the addresses to notify**: no caller can make this machine send anything anywhere.
- **On this machine only** unless the command says that a proxy with TLS stands in front. No page, no cookie, no CORS.
"""
