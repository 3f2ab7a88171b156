/** The connection to the demo: news come in, what is asked for is answered. It comes back by itself. */

const LOST = { error: "The demo is out of reach." }, AGAIN_MS = [250, 500, 1000, 2000];

/** Tell every message to `tell`, and to `changed` whether the demo is reached. */
export function live(tell, changed) {
	const waiting = new Map();
	let socket, person, number = 0, tries = 0;

	function open() {
		const here = new WebSocket(`ws://${location.host}/page/live?as=${person}`);
		socket = here;
		here.onopen = () => { tries = 0; changed(true); };
		here.onmessage = ({ data }) => {
			const said = JSON.parse(data);
			if (socket !== here) return;
			if ("answer" in said) answer(said.answer, said); else tell(said);
		};
		here.onclose = () => {
			if (socket !== here) return;
			lose();
			changed(false);
			setTimeout(open, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
		};
	}

	function answer(which, said) { waiting.get(which)?.(said); waiting.delete(which); }
	function lose() { for (const which of waiting.keys()) answer(which, LOST); }

	return {
		/** Sit down as somebody. */
		become(user) {
			const before = socket;
			person = user;
			lose();
			open();
			before?.close();
		},
		/** Ask for something; the answer has `error` in it where it went wrong. */
		ask(what, how = {}) {
			const { readyState } = socket, which = ++number, said = JSON.stringify({ ...how, do: what, id: which });
			if (readyState === WebSocket.OPEN) socket.send(said);
			else if (readyState === WebSocket.CONNECTING) socket.addEventListener("open", ({ target }) => target.send(said));
			return new Promise((kept) => {
				if (readyState > WebSocket.OPEN) kept(LOST);
				else waiting.set(which, kept);
			});
		},
	};
}
