import { z } from "@hono/zod-openapi";
import { managerNames } from "../config/index.ts";
import { stepNames } from "../vendor/index.ts";
import { printable } from "./schemas.ts";

export const providerSchema = z
  .object({
    name: z.string(),
    vendor: z.string(),
    managed_by: z
      .enum([...managerNames, "environment"])
      .nullable()
      .describe(
        "environment where it is there since its key is in the server's environment; file where a cloud.yaml names it",
      ),
    address: z.string().nullable().describe("Its base address; null where something of it is missing"),
    region: z.string().nullable(),
    apis: z.array(z.string()).describe("The wire formats that it offers, the preferred first"),
    keys: z.int(),
    models: z.int().describe("Models of the configuration that are asked there"),
    offered: z.int().describe("Models that it offers since the catalogue has them"),
    fault: z.string().nullable().describe("Why it is not called"),
  })
  .openapi("Provider");

export const providerTestSchema = z
  .strictObject({
    model: printable(256)
      .min(1)
      .optional()
      .describe("The model that is asked for a token, by its name here or at the vendor; one is chosen otherwise"),
    token: z
      .boolean()
      .optional()
      .describe("Whether a model is asked for a token, which costs something; true by default"),
  })
  .openapi("ProviderTestWish");

const status = z.enum(["ok", "warning", "failed"]);

const stepSchema = z.object({
  step: z.enum(stepNames),
  status: z.enum(["ok", "warning", "failed", "skipped"]),
  detail: z.string().describe("What was found, and what to do about it"),
  ms: z.int().nullable(),
});

const names = z.array(z.string());

export const providerReportSchema = z
  .object({
    name: z.string(),
    vendor: z.string(),
    address: z.string(),
    status: status.describe("The worst of its keys'"),
    keys: z.array(
      z.object({
        key: z.int().nullable().describe("Its place among several, from 1; null where there is one, or none"),
        status,
        steps: z.array(stepSchema),
        models: z
          .object({
            listed: z.int(),
            missing: names.describe("Models of the configuration that the vendor does not list"),
            missing_offered: names.describe("Models of the catalogue that it does not list"),
          })
          .nullable()
          .describe("null where the vendor has no list, or did not give it"),
        token: z
          .object({
            request: z.string().describe("Id of its usage record"),
            model: z.string(),
            tokens: z.object({ input: z.int(), output: z.int() }),
            cost: z.string().describe("Decimal, exact"),
            currency: z.string(),
            latency_ms: z.int(),
          })
          .nullable(),
      }),
    ),
  })
  .openapi("ProviderReport");
