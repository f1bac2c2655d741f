// What goes over the wire to the bot.

export class Refused extends Error {}

export const nonce = () => crypto.randomUUID();

export async function get(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** Sends JSON or a form. Throws Refused with a sentence that can be shown. */
export async function post(path, body, words) {
  const headers = { "X-Requested-With": "webchat" };
  const form = body instanceof FormData;
  if (!form) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method: "POST", headers, body: form ? body : JSON.stringify(body) });
  } catch {
    throw new Refused(words.error_connection);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error ?? words.error_bot);
  return answer;
}

/** Listens to the bot; after a break it goes on from the last change seen. */
export function listen(after, handlers, onState) {
  let last = after;
  const open = () => {
    const source = new EventSource(`/webchat/events?after=${last}`);
    source.onopen = () => onState(true);
    source.onerror = () => {
      onState(false);
      // The browser comes back by itself after a break, but not after an answer it could not use.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) last = Math.max(last, Number(event.lastEventId));
        handle(JSON.parse(event.data), last);
      });
    }
  };
  open();
}
