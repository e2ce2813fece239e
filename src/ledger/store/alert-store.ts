import type { Nano } from "../../base/money.ts";

/** That spending has reached a part of a budget. */
export interface NewAlert {
  id: string;
  /** The budget's meter, which is of one window. */
  meterId: string;
  /** Percent of the limit, which counts with it: a budget that was raised is told of anew. */
  percent: number;
  limit: Nano;
  /** When the meter's window ends, milliseconds since 1970. */
  endMs: number;
  /** What is sent, as JSON. */
  body: string;
}

/** An alert on its way to one webhook. */
export interface AlertDelivery {
  id: string;
  /** Which webhook, by the name that the alert was raised with. */
  hook: string;
  body: string;
  createdMs: number;
  /** How often it has been tried. */
  tries: number;
}

/** Alerts, each raised once for all processes, and their deliveries. Times are those of the clock that all machines share. */
export interface AlertStore {
  /**
   * Adds an alert unless one is there of this meter, percent and limit. `isFirst` tells whether it was added; `isQueued`, whether its
   * deliveries were, too: not where as many wait already as may (`waitingMax`).
   */
  raiseAlert(
    alert: NewAlert,
    hooks: readonly string[],
    waitingMax: number,
  ): Promise<{ isFirst: boolean; isQueued: boolean }>;
  /** Deliveries that are due. Nobody else gets them until `leaseMs` have passed. */
  claimDeliveries(claim: { owner: string; leaseMs: number; countMax: number }): Promise<AlertDelivery[]>;
  /** Ends a delivery that the owner still has: it has arrived, or is given up. */
  endDelivery(delivery: Pick<AlertDelivery, "id" | "hook">, owner: string): Promise<void>;
  /** Lets a delivery that the owner still has be tried again after a time. */
  deferDelivery(delivery: Pick<AlertDelivery, "id" | "hook">, owner: string, pauseMs: number): Promise<void>;
  /** Deletes alerts whose windows ended before. */
  sweepAlerts(endedBeforeMs: number): Promise<number>;
}
