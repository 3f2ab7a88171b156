/** The connection to the demo: news come in, what is asked for is answered. It comes back by itself. */

const AGAIN_MS = [250, 500, 1000, 2000];

/** @param {(news: object) => void} tell gets every message; @param {(open: boolean) => void} changed */
export function live(tell, changed) {
  const waiting = new Map();
  let socket, person, number = 0, tries = 0;

  function open() {
    const here = new WebSocket(`ws://${location.host}/page/live?as=${person}`);
    socket = here;
    here.onopen = () => { tries = 0; changed(true); };
    here.onmessage = ({ data }) => {
      if (socket !== here) return;
      const said = JSON.parse(data);
      if (!("answer" in said)) return tell(said);
      waiting.get(said.answer)?.(said);
      waiting.delete(said.answer);
    };
    here.onclose = () => {
      if (socket !== here) return;
      for (const answer of waiting.values()) answer({ error: "The connection to the demo was lost." });
      waiting.clear();
      changed(false);
      setTimeout(open, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
    };
  }

  return {
    /** Sit down as somebody. */
    become(user) {
      const before = socket;
      socket = null;
      before?.close();
      person = user;
      open();
    },
    /** Ask for something; the promise is kept with the answer, `error` in it where it went wrong. */
    ask(what, how = {}) {
      return new Promise((answer) => {
        if (socket?.readyState !== WebSocket.OPEN) return answer({ error: "The demo is out of reach." });
        waiting.set(++number, answer);
        socket.send(JSON.stringify({ ...how, do: what, id: number }));
      });
    },
  };
}
