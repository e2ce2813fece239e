import type { Socket } from "bun";
import { SahabError } from "../base/errors.ts";
import type { ProxyAddress } from "../base/proxy-address.ts";
import type { Attempt } from "../call/index.ts";
import type { AddressBook } from "./address-book.ts";
import { openTunnel } from "./open-tunnel.ts";
import { socketHandlers, type SocketEvents, type SocketOwner } from "./socket-events.ts";
import { refusal, tlsOptions, type TlsSettings } from "./tls-settings.ts";

/** After this time without an answer the next address is tried beside the first (RFC 8305, §5). */
const staggerMs = 250;

/** How a server is reached. */
export interface Route {
  /** Name or address, IPv6 without brackets. */
  host: string;
  port: number;
  /** Undefined for plain HTTP. */
  tls: TlsSettings | undefined;
  proxy: ProxyAddress | undefined;
}

/** What is waited for while a connection is opened: of the proxy where the route has one, but for the handshake. */
export type DialPhase = "name" | "connection" | "tunnel" | "handshake";

interface DialOptions {
  attempt: Attempt;
  /** For all of it: name, connection, tunnel and handshake. */
  connectMs: number;
  /** A TLS session of an earlier connection of the same route. */
  session: Buffer | undefined;
  /** Called when a phase begins. */
  onPhase?: ((phase: DialPhase) => void) | undefined;
}

/**
 * Opens a connection over which a request can be sent: to the server or its proxy, through the proxy where the server speaks
 * TLS, and with the handshake done and the certificate checked. Its events are the caller's to take over. Rejects with
 * `upstream_unreachable`, `upstream_timeout`, or the reason for which the attempt was cancelled; nothing stays open then.
 */
export function dial(
  deps: { addresses: AddressBook },
  route: Route,
  options: DialOptions,
): Promise<Socket<SocketOwner>> {
  return new Dial(deps.addresses, route, options).run();
}

/** resolving ──▶ connecting (to several addresses) ──first open──▶ [tunnel] ──▶ [handshake] ──▶ over; a failure ends it in any phase. */
class Dial {
  readonly #addresses: AddressBook;
  readonly #route: Route;
  readonly #options: DialOptions;
  readonly #outcome = Promise.withResolvers<Socket<SocketOwner>>();
  /** What is waited for, for the message of a time limit. */
  #awaited: string;
  #isOver = false;
  #untried: string[] = [];
  #opening: string[] = [];
  #stagger: Timer | undefined;
  /** The one that opened first, and its address. */
  #socket: Socket<SocketOwner> | undefined;
  #answered: string | undefined;

  constructor(addresses: AddressBook, route: Route, options: DialOptions) {
    this.#addresses = addresses;
    this.#route = route;
    this.#options = options;
    this.#awaited = `no address of ${(route.proxy ?? route).host} was found`;
  }

  async run(): Promise<Socket<SocketOwner>> {
    const { attempt, connectMs } = this.#options;
    attempt.throwIfCancelled();
    attempt.onCancel((reason) => this.#fail(reason));
    const timer = setTimeout(
      () => this.#fail(new SahabError("upstream_timeout", `${this.#awaited} within ${connectMs} ms`)),
      connectMs,
    );
    try {
      void this.#start();
      return await this.#outcome.promise;
    } finally {
      clearTimeout(timer);
      attempt.onCancel(undefined);
    }
  }

  async #start(): Promise<void> {
    const { host } = this.#route.proxy ?? this.#route;
    this.#options.onPhase?.("name");
    try {
      this.#untried = await this.#addresses.addressesOf(host);
    } catch (cause) {
      this.#fail(unreachable(this.#name(`the name ${host} cannot be resolved (${codeOf(cause)})`), cause));
      return;
    }
    this.#awaited = this.#name("no connection was accepted");
    this.#options.onPhase?.("connection");
    this.#tryNext("the name has no address");
  }

  /** Tries the next address; fails where none is left and none is being tried. */
  #tryNext(lastFault: string, cause?: unknown): void {
    clearTimeout(this.#stagger);
    if (this.#isOver || this.#socket) return;
    const address = this.#untried.shift();
    if (address === undefined) {
      if (this.#opening.length === 0) this.#fail(unreachable(this.#name(lastFault), cause));
      return;
    }
    if (this.#addresses.isExhausted(address)) {
      this.#tryNext("it has left too many earlier connections without an answer");
      return;
    }
    this.#opening.push(address);
    this.#stagger = setTimeout(() => this.#tryNext(lastFault), staggerMs);
    this.#connect(address).then(
      () => this.#onSettled(address),
      (error: unknown) => {
        this.#onSettled(address);
        this.#addresses.noteSilence(address);
        this.#tryNext(`it cannot be reached (${codeOf(error)})`, error);
      },
    );
  }

  /** The runtime has opened a connection, or failed to. */
  #onSettled(address: string): void {
    this.#opening = this.#opening.filter((other) => other !== address);
    if (this.#isOver && address !== this.#answered) this.#addresses.noteEnd(address);
  }

  async #connect(address: string): Promise<unknown> {
    const { host, port, tls, proxy } = this.#route;
    return Bun.connect<SocketOwner>({
      hostname: address,
      port: proxy?.port ?? port,
      data: { events: this.#eventsOf(address) },
      socket: socketHandlers,
      ...(tls && !proxy && { tls: tlsOptions(host, tls, false) }),
    });
  }

  /** The events of a connection until it is handed over; those of the slower ones do not matter. */
  #eventsOf(address: string): SocketEvents {
    const fault = (text: string) => {
      if (this.#answered !== address) return;
      if (this.#isOver) this.#socket?.terminate();
      else this.#fail(unreachable(this.#name(text)));
    };
    return {
      onOpen: (socket) => this.#onOpen(address, socket),
      onHandshake: (socket, error) => this.#onHandshake(socket, error),
      onData: () => fault("it spoke before it was asked"),
      onDrain: () => undefined,
      onClose: () => fault("it closed the connection at once"),
    };
  }

  #onOpen(address: string, socket: Socket<SocketOwner>): void {
    if (this.#isOver || this.#socket) {
      socket.data.events = ignored;
      socket.terminate();
      return;
    }
    clearTimeout(this.#stagger);
    this.#socket = socket;
    this.#answered = address;
    this.#addresses.noteAnswer(address);
    const earlier = this.#opening.slice(0, this.#opening.indexOf(address));
    for (const slower of earlier) this.#addresses.noteSilence(slower);
    socket.setNoDelay(true);
    const { tls, proxy } = this.#route;
    if (!tls) this.#succeed(socket);
    else if (proxy) void this.#tunnel(socket, proxy, tls);
    else this.#prepareHandshake(socket);
  }

  async #tunnel(socket: Socket<SocketOwner>, proxy: ProxyAddress, tls: TlsSettings): Promise<void> {
    const { host, port } = this.#route;
    this.#awaited = this.#name(`no tunnel to ${host}:${port} was opened`);
    this.#options.onPhase?.("tunnel");
    try {
      await openTunnel(socket, proxy, this.#route);
      if (this.#isOver) return;
      const events = this.#eventsOf(this.#answered ?? "");
      // The tunnel's own socket shows the encrypted bytes, too.
      socket.data.events = ignored;
      const [, secured] = socket.upgradeTLS<SocketOwner>({
        data: { events: { ...events, onOpen: (opened) => this.#prepareHandshake(opened) } },
        tls: tlsOptions(host, tls, true),
        socket: socketHandlers,
      });
      this.#socket = secured;
    } catch (cause) {
      const fault = cause instanceof Error ? cause.message : String(cause);
      this.#fail(unreachable(this.#name(`no tunnel to ${host}:${port}: ${fault}`), cause));
    }
  }

  #prepareHandshake(socket: Socket<SocketOwner>): void {
    this.#awaited = "the TLS handshake was not completed";
    this.#options.onPhase?.("handshake");
    if (this.#options.session) socket.setSession(this.#options.session);
  }

  #onHandshake(socket: Socket<SocketOwner>, error: Error | null): void {
    const { tls, host } = this.#route;
    if (this.#isOver || !tls) return;
    const fault = refusal(socket, error, host, tls);
    if (fault === undefined) this.#succeed(socket);
    else this.#fail(unreachable(fault, error));
  }

  #succeed(socket: Socket<SocketOwner>): void {
    this.#end();
    this.#outcome.resolve(socket);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#stagger);
    for (const address of this.#opening) if (address !== this.#answered) this.#addresses.noteAbandoned(address);
  }

  #fail(error: SahabError): void {
    if (this.#isOver) return;
    this.#end();
    if (!this.#socket && error.code === "upstream_timeout")
      for (const address of this.#opening) this.#addresses.noteSilence(address);
    if (this.#socket) {
      this.#socket.data.events = ignored;
      this.#socket.terminate();
    }
    this.#outcome.reject(error);
  }

  /** A fault of the proxy's is said to be one. */
  #name(fault: string): string {
    const { proxy } = this.#route;
    return proxy ? `the proxy ${proxy.host}:${proxy.port}: ${fault}` : fault;
  }
}

const ignored: SocketEvents = { onData: () => undefined, onDrain: () => undefined, onClose: () => undefined };

function unreachable(message: string, cause?: unknown): SahabError {
  return new SahabError("upstream_unreachable", message, { cause });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : "no reason given";
}
