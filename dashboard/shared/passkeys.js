// Asks the browser for a passkey (WebAuthn) and sends the server its answer, with the secret that the passkey gives (prf).
export default function ({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector("form");
  const field = form.querySelector("input");
  const button = form.querySelector("button");
  const missing = absent() ?? data.missing ?? null;
  // What was said stays, and follows the page's language.
  const said = form.dataset;
  const say = (word = said.word ?? "", error = said.error ?? "") => {
    [said.word, said.error] = [word, error];
    parentElement.querySelector("[role=alert]").textContent = (data.words[word] ?? "").replace("{error}", error);
  };
  form.querySelector("label").hidden = !data.register;
  form.querySelector("span").textContent = data.words.password;
  button.textContent = data.words.button;
  button.disabled = missing !== null || said.busy === "true";
  say(missing ?? undefined);

  form.onsubmit = async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    if (data.register && !field.value) {
      say("empty");
      return;
    }
    window.dispatchEvent(new Event("sparsemix-passkey"));
    said.busy = "true";
    button.disabled = true;
    say("");
    try {
      const answer = await (data.register ? register(data) : ask(data, data.id));
      if (data.register) answer.password = field.value;
      setTriggerValue("answer", answer);
    } catch (error) {
      say({ NotAllowedError: "cancelled", NoSecret: "no_prf", SecurityError: "address" }[error.name] ?? "failed", error.name);
    } finally {
      field.value = "";
      said.busy = "false";
      button.disabled = false;
    }
  };

  // Asked for by a button that the person has just pressed: they need not press a second one.
  if (data.start && !missing && window.sparsemixPasskey !== data.challenge) {
    window.sparsemixPasskey = data.challenge;
    form.requestSubmit();
  }
}

function absent() {
  if (!window.isSecureContext) return "insecure";
  return window.PublicKeyCredential && navigator.credentials ? null : "old";
}

async function register(data) {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(data.challenge),
      rp: { id: data.rp_id, name: "SparseMix" },
      user: { id: bytes(data.user), name: data.name, displayName: data.name },
      pubKeyCredParams: data.algorithms.map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
      extensions: { prf: { eval: { first: bytes(data.salt) } } },
    },
  });
  if (!made.getClientExtensionResults().prf?.enabled) throw new NoSecret();
  const { answer, secret } = await ask(data, made.id);
  const { clientDataJSON, attestationObject } = made.response;
  return { answer: { made: plain(made, { clientDataJSON, attestationObject }), used: answer }, secret };
}

async function ask(data, id) {
  const used = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(data.challenge),
      rpId: data.rp_id,
      userVerification: "required",
      allowCredentials: [{ type: "public-key", id: bytes(id) }],
      extensions: { prf: { evalByCredential: { [id]: { first: bytes(data.salt) } } } },
    },
  });
  const secret = used.getClientExtensionResults().prf?.results?.first;
  if (!secret) throw new NoSecret();
  const { clientDataJSON, authenticatorData, signature } = used.response;
  return { answer: plain(used, { clientDataJSON, authenticatorData, signature }), secret: text(secret) };
}

function plain(credential, parts) {
  const response = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, text(part)]));
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

class NoSecret extends Error {
  name = "NoSecret";
}

function bytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const signs = String.fromCharCode(...new Uint8Array(buffer ?? []));
  return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
