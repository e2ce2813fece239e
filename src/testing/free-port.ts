import { createServer } from "node:net";

/** Below the ports that systems give to whoever asks for any, so that none of these is taken by a connection of another test meanwhile. */
const first = 20_000;
const count = 12_000;
/** A stride of its own for each process that runs tests beside this one. */
const next = { place: (process.pid * 100) % count };

/** A port that is free and stays so, for programs that cannot choose one themselves. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < count; tries++) {
    const port = first + next.place;
    next.place = (next.place + 1) % count;
    if (await isFree(port)) return port;
  }
  throw new Error(`none of the ports ${first} to ${first + count - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
