import { connect } from "node:net";
import { SahabError } from "../base/errors.ts";

/** How long an answer from an address vouches for it. Within this time calls go straight to the connection pool. */
const vouchedMs = 15_000;
const originsMax = 10_000;

/**
 * The connect timeout. `fetch` has none of its own and does not tell when it has connected, so an address that nobody
 * has answered from lately is first dialled by hand, which costs one handshake and only when traffic is rare.
 */
export class Reachable {
  readonly #vouchedUntil = new Map<string, number>();
  readonly #dials = new Map<string, Promise<void>>();

  /** Call when an answer has come from the origin. */
  vouch(origin: string, nowMs: number): void {
    if (this.#vouchedUntil.size >= originsMax) this.#vouchedUntil.clear();
    this.#vouchedUntil.set(origin, nowMs + vouchedMs);
  }

  isVouched(origin: string, nowMs: number): boolean {
    return (this.#vouchedUntil.get(origin) ?? 0) > nowMs;
  }

  /** Rejects with `upstream_unreachable` or `upstream_timeout` when nothing answers at the origin within the time. */
  dial(origin: string, timeoutMs: number): Promise<void> {
    // Many requests that wait for the same silent host share one attempt.
    let dial = this.#dials.get(origin);
    if (!dial) {
      dial = dialOnce(origin, timeoutMs).finally(() => this.#dials.delete(origin));
      this.#dials.set(origin, dial);
    }
    return dial;
  }
}

function dialOnce(origin: string, timeoutMs: number): Promise<void> {
  const { hostname, port, protocol } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
      timeout: timeoutMs,
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => {
      socket.destroy();
      reject(new SahabError("upstream_timeout", `no connection was accepted within ${timeoutMs} ms`));
    });
    socket.once("error", (cause: Error & { code?: string }) => {
      reject(
        new SahabError("upstream_unreachable", `it cannot be reached (${cause.code ?? "no reason given"})`, {
          cause,
        }),
      );
    });
  });
}
