// Defines what Tauri defines in its window, over HTTP: invoke, callbacks and events.
(() => {
  const token = "@TOKEN@";
  const callbacks = new Map();
  const listeners = new Map();
  let nextId = 1;

  function transformCallback(callback, once = false) {
    const id = nextId++;
    callbacks.set(id, (payload) => {
      if (once) callbacks.delete(id);
      return callback?.(payload);
    });
    return id;
  }

  async function invoke(command, args = {}) {
    if (command === "plugin:event|listen") {
      const id = nextId++;
      listeners.set(id, args);
      await connected();
      return id;
    }
    if (command === "plugin:event|unlisten") {
      listeners.delete(args.eventId);
      return null;
    }
    const response = await fetch(`/ipc/${command}?token=${token}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(args),
    });
    if (response.ok) return response.json();
    throw response.status === 422 ? await response.json() : `the bridge answered ${response.status}`;
  }

  let stream;
  function connected() {
    stream ??= new Promise((resolve) => {
      const source = new EventSource(`/events?token=${token}`);
      source.onopen = resolve;
      source.onmessage = (message) => {
        for (const [id, { event, handler }] of listeners) {
          callbacks.get(handler)?.({ event, id, payload: JSON.parse(message.data) });
        }
      };
    });
    return stream;
  }

  window.__TAURI_INTERNALS__ = { invoke, transformCallback };
})();
