// Where lines and pairs come from: the routes of the app, or what an offline file carries. Whatever goes wrong is a Failure.

export class Failure extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const CODES = { 401: "signed_out", 403: "hidden", 404: "gone", 409: "tampered", 422: "bad" };
const PATIENCE = 5000; // milliseconds
const FAILURES = {
  signed_out: "fail_signed_out",
  hidden: "fail_hidden",
  gone: "fail_gone",
  tampered: "fail_tampered",
  bad: "fail_bad",
  no_weights: "fail_no_weights",
  unavailable: "fail_unavailable",
  network: "fail_network",
  no_lines: "fail_no_lines",
  no_pairs: "fail_no_pairs",
};

// What to say of a failure, as a key of the words.
export function failureWord(code) {
  return FAILURES[code] ?? "fail_unavailable";
}

// These may pass by themselves.
export function mayPass(code) {
  return code === "unavailable" || code === "network";
}

// What a file does not carry it will not carry later.
export function mayBeTried(code) {
  return code !== "no_lines" && code !== "no_pairs";
}

export function isAbort(error) {
  return error?.name === "AbortError";
}

// The code of whatever was thrown. A fault of this program stands in the browser's console; the reader may try again.
export function codeOf(error) {
  if (error instanceof Failure) {
    return error.code;
  }
  console.error(error);
  return "unavailable";
}

export function makeTransport(data) {
  return data.offline ? offlineTransport(data.offline, data.block) : httpTransport(data.base, exchanged(data.ticket));
}

// Just after a sign-in the browser still has to get its cookie for a ticket; without it nothing is answered.
async function exchanged(ticket) {
  if (ticket && window.sparsemixExchanged !== ticket) {
    await new Promise((resolve) => {
      window.addEventListener("sparsemix-exchanged", resolve, { once: true });
      setTimeout(resolve, PATIENCE);
    });
  }
}

function httpTransport(base, ready) {
  const ask = async (path, signal) => {
    await ready;
    return fetched(path, signal);
  };
  const json = async (path, signal) => read(await ask(`${base}${path}`, signal), "json", signal);
  return {
    answers: true,
    whole: true,
    block: (index, signal) => json(`/text/${index}`, signal),
    overview: (signal) => json("/overview", signal),
    flagged: (signal) => json("/flagged", signal),
    line: (event, signal) => json(`/line/${event}`, signal),
    why: (event, signal) => json(`/why/${event}`, signal),
    overlay: (event, method, signal) => json(`/overlay/${event}?${new URLSearchParams({ method })}`, signal),
    without: (event, key, signal) => json(`/without?${new URLSearchParams({ event, key })}`, signal),
    find: async (query, signal) => {
      const answer = await ask(`${base}/find?${new URLSearchParams(query)}`, signal);
      const bytes = new DataView(await read(answer, "arrayBuffer", signal));
      const events = new Uint32Array(bytes.byteLength >> 2);
      for (let place = 0; place < events.length; place++) {
        events[place] = bytes.getUint32(4 * place, true);
      }
      return events;
    },
  };
}

async function fetched(url, signal) {
  let answer;
  try {
    answer = await fetch(url, { signal, credentials: "same-origin" });
  } catch (error) {
    throw isAbort(error) ? error : new Failure("network");
  }
  if (answer.ok) {
    return answer;
  }
  let code = CODES[answer.status] ?? "unavailable";
  try {
    code = (await answer.json()).error ?? code;
  } catch (error) {
    if (isAbort(error)) {
      throw error;
    }
    // A proxy between answers in words of its own; the status says enough.
  }
  throw new Failure(code);
}

async function read(answer, how, signal) {
  try {
    return await answer[how]();
  } catch (error) {
    throw signal?.aborted || isAbort(error) ? error : new Failure("network");
  }
}

function offlineTransport({ whole, blocks, overview, lines, why }, size) {
  const given = async (value, code) => {
    if (value === undefined) {
      throw new Failure(code);
    }
    return value;
  };
  return {
    answers: false,
    whole,
    block: (index) => given(blocks[index], "no_lines"),
    overview: async () => overview,
    flagged: async () => overview,
    line: (event) => given(lines[event], "no_pairs"),
    why: async (event) => why[event] ?? null,
    find: async (query) => findOffline(blocks, size, query),
  };
}

function findOffline(blocks, size, query) {
  const fits = matcher(query.q ?? "", query.regex === "1");
  const events = [];
  for (const [index, block] of Object.entries(blocks)) {
    for (let place = 0; place < block.text.length; place++) {
      const event = Number(index) * size + place;
      const time = block.time[place];
      if (
        (!query.level || block.level[place] === query.level) &&
        (!query.kind || String(block.kind[place]) === query.kind) &&
        (!query.from || time >= query.from) &&
        (!query.to || time.slice(0, query.to.length) <= query.to) &&
        fits(block.text[place])
      ) {
        events.push(event);
      }
    }
  }
  return Uint32Array.from(events);
}

function matcher(wanted, isPattern) {
  if (isPattern) {
    try {
      const pattern = new RegExp(wanted, "iu");
      return (text) => pattern.test(text);
    } catch {
      throw new Failure("bad");
    }
  }
  const low = wanted.toLowerCase();
  return (text) => text.toLowerCase().includes(low);
}
