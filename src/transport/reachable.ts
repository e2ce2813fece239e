import { connect } from "node:net";
import { SahabError } from "../base/errors.ts";

/** For this long after an answer an address counts as reachable, and calls go straight to `fetch`. */
const vouchedMs = 15_000;
const originsMax = 10_000;

/**
 * The connect timeout of `fetch`, which has none of its own and does not report when it has connected. An address that
 * has not answered lately is dialled first; that costs one handshake, and only when traffic is rare.
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

  /** Opens a connection and closes it. Rejects with `upstream_unreachable`, or with `upstream_timeout` after `timeoutMs`. */
  dial(origin: string, timeoutMs: number): Promise<void> {
    // Requests that wait for the same host share one connection.
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
