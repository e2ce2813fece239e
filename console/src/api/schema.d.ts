// Made by `npm run docs` of the admin API's OpenAPI document. Do not edit.

export type SignIn =
  | {
      /**
       * A key of role admin
       */
      key: string;
    }
  | {
      /**
       * The text after #link= in the address that npm start and sahab console print
       */
      link: string;
    };
export type ListedKey = Key & {
  /**
   * What is spent of its own budgets in their windows of now; of the oldest 1,000 that have budgets
   */
  spending: {
    period: string;
    /**
     * Decimal, exact
     */
    spent: string;
  }[];
};
export type ShownKey = Key & {
  /**
   * Its own account, and those of its project and organisation that bound it
   */
  accounts: Account[];
  last_refusal: Refusal;
};
/**
 * What last stopped a request of this key; null where nothing did
 */
export type Refusal = {
  time: string;
  request_id: string;
  code: string;
  message: string;
} | null;
export type CostExplanation = {
  currency: string;
  lines: {
    /**
     * `input` without what was cached, `cached_input`, `cache_write`, `output`, `reasoning`, or a fee
     */
    what: string;
    count: number;
    /**
     * Decimal, exact: the price of `per` of them
     */
    rate: string;
    per: number;
  }[];
  /**
   * On the price of tokens
   */
  factors: {
    why: "service_tier" | "off_peak" | "batch";
    factor: string;
  }[];
} | null;
export type LocalModel = {
  /**
   * Tokens of each slot
   */
  context: number;
  /**
   * Requests served at once
   */
  slots: number;
  keep_alive: string | number | null;
  /**
   * MiB for conversations that have no slot; null for what is usual
   */
  cache_ram: number | null;
  priority: number;
  weight: number;
  /**
   * Null where the file is not in the models folder
   */
  file_bytes: number | null;
  health: TargetHealth;
} | null;

export interface paths {
  "/admin/v1/session": {
    /**
     * Who is signed in
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": Session;
          };
        };
        401: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Sign in: sets the cookie of a session
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": SignIn;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Session;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        401: {
          content: {
            "application/json": Error;
          };
        };
        403: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Sign out here
     */
    delete: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              /**
               * How many sessions
               */
              ended: number;
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/sessions": {
    /**
     * Sessions that may be seen, the newest first
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": Sessions;
          };
        };
      };
    };
    /**
     * Sign out everywhere: end the sessions of one's own key, or all of them; this one too
     */
    delete: {
      parameters: {
        query?: {
          /**
           * 1 ends the sessions of everybody, and takes away all links
           */
          all?: "0" | "1";
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              /**
               * How many sessions
               */
              ended: number;
            };
          };
        };
        403: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/sessions/{id}": {
    /**
     * End a session
     */
    delete: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              /**
               * How many sessions
               */
              ended: number;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/sign-in-links": {
    /**
     * Make a link that signs in once, within ten minutes, as whoever makes it
     */
    post: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": SignInLink;
          };
        };
      };
    };
  };
  "/admin/v1/apply": {
    /**
     * Make the configuration what the document says
     */
    post: {
      parameters: {
        query?: {
          /**
           * Nothing is changed
           */
          dry_run?: "0" | "1" | "true" | "false";
          /**
           * What a file managed before and this one does not name is deleted; without it, 409
           */
          prune?: "0" | "1" | "true" | "false";
          /**
           * Refuses other changes than those of the answer that had this plan
           */
          plan?: string;
          /**
           * Tries each provider, also of a dry run; asks no model
           */
          probe?: "0" | "1" | "true" | "false";
        };
      };
      requestBody?: {
        content: {
          "application/yaml": string;
          "application/json": {
            [k: string]: unknown;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Applied;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/config": {
    /**
     * The configuration, without its secrets
     */
    get: {
      parameters: {
        query?: {
          /**
           * Only what a file manages; all of it by default
           */
          managed_by?: "file";
          /**
           * json by default
           */
          format?: "json" | "yaml";
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              [k: string]: unknown;
            };
            "application/yaml": string;
          };
        };
      };
    };
  };
  "/admin/v1/config/managers": {
    /**
     * Who manages what of the configuration
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              resources: Managed[];
            };
          };
        };
      };
    };
  };
  "/admin/v1/config/doubts": {
    /**
     * What is allowed in the configuration and most probably not meant, by the catalogue that is used now
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              doubts: string[];
            };
          };
        };
      };
    };
  };
  "/admin/v1/rotate/master": {
    /**
     * Seal all secrets with a new master key, while requests go on
     */
    post: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": Rotated;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/rotate/admin": {
    /**
     * Write a new admin key into admin.key, while requests go on
     */
    post: {
      parameters: {};
      requestBody?: {
        content: {
          "application/json": RotateAdmin;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": RotatedAdmin;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/keys": {
    /**
     * All keys, without their secret
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              keys: ListedKey[];
            };
          };
        };
      };
    };
    /**
     * Create a key
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": NewKey;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": CreatedKey;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/keys/{id}": {
    /**
     * A key, without its secret, what it may still spend and what last stopped it
     */
    get: {
      parameters: {
        path: {
          /**
           * Its id, or its name where one key alone has it, or one alone of those that are good now; a rotated key has left its name to the new one
           */
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": ShownKey;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Change a key's name and bounds
     */
    patch: {
      parameters: {
        path: {
          id: string;
        };
      };
      requestBody: {
        content: {
          "application/json": KeyChanges;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Key;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Revoke a key
     */
    delete: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              id: string;
              revoked: true;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/keys/{id}/rotate": {
    /**
     * Create a key like this one, which then expires
     */
    post: {
      parameters: {
        path: {
          id: string;
        };
      };
      requestBody?: {
        content: {
          "application/json": RotateKey;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": RotatedKey;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/connect": {
    /**
     * How programs are pointed at this Sahab: the lines to paste, for each that is known
     */
    get: {
      parameters: {
        query?: {
          /**
           * What clients call this server, such as https://ai.example.com; by default what this request calls it
           */
          address?: string;
          /**
           * The model that is put into the lines; by default the first
           */
          model?: string;
          /**
           * Whose paths and shell the lines are for
           */
          platform?: "linux" | "darwin" | "win32";
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Connect;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/projects": {
    /**
     * All projects, with what they may spend and have spent
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              projects: Project[];
            };
          };
        };
      };
    };
    /**
     * Create a project
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": NewProject;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Project;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/projects/{name}": {
    /**
     * A project, with what it may spend and has spent
     */
    get: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Project;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Change a project that no cloud.yaml manages
     */
    patch: {
      parameters: {
        path: {
          name: string;
        };
      };
      requestBody: {
        content: {
          "application/json": ProjectChanges;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Project;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Take a project away that no cloud.yaml manages; what it has used stays in reports
     */
    delete: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              name: string;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/catalog": {
    /**
     * Where the catalogue of models is from, and what is in it
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": CatalogStatus;
          };
        };
      };
    };
  };
  "/admin/v1/catalog/models": {
    /**
     * The models that vendors have, whether they can be called here or not
     */
    get: {
      parameters: {
        query?: {
          vendor?: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              models: CatalogModel[];
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/catalog/update": {
    /**
     * Take over the models and prices of a document in the form of models.dev's api.json
     */
    post: {
      parameters: {
        query?: {
          dry_run?: "0" | "1" | "true" | "false";
          /**
           * Where the document is from, as it is shown
           */
          source?: string;
          /**
           * A model, as vendor/id, whose price is taken over however far it is from the one before
           */
          accept?: string | string[];
        };
      };
      requestBody: {
        content: {
          "application/json": {
            [k: string]: unknown;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              changes: CatalogChange[];
              dry_run: boolean;
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Go back to the catalogue that comes with Sahab
     */
    delete: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              removed: boolean;
            };
          };
        };
      };
    };
  };
  "/admin/v1/providers": {
    /**
     * The providers that requests go to, those of the environment included
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              providers: Provider[];
            };
          };
        };
      };
    };
    /**
     * Add a provider
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": NewProvider;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": ProviderSettings;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/providers/test": {
    /**
     * Try a provider out before it is added or changed; nothing is stored
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": ProviderDraft;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": ProviderReport;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        503: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/providers/{name}": {
    /**
     * What the configuration says of a provider, without secrets
     */
    get: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": ProviderSettings;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Change a provider
     */
    patch: {
      parameters: {
        path: {
          name: string;
        };
      };
      requestBody: {
        content: {
          "application/json": ProviderChanges;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": ProviderSettings;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Take a provider and its secrets away
     */
    delete: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              name: string;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/providers/{name}/test": {
    /**
     * Try a provider out: reach it, show it each of its keys, list its models, ask one for a token
     */
    post: {
      parameters: {
        path: {
          name: string;
        };
      };
      requestBody?: {
        content: {
          "application/json": ProviderTestWish;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": ProviderReport;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        503: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/alerts/test": {
    /**
     * Send a test to each webhook of alerts, signed as alerts are
     */
    post: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              webhooks: {
                /**
                 * Host and port of its address
                 */
                host: string;
                status: "ok" | "failed";
                /**
                 * Why it did not take the test
                 */
                detail: string | null;
              }[];
            };
          };
        };
      };
    };
  };
  "/admin/v1/usage": {
    /**
     * Tokens and cost, summed, also over time
     */
    get: {
      parameters: {
        query?: {
          /**
           * From, inclusive
           */
          since?: string;
          /**
           * To, exclusive
           */
          until?: string;
          /**
           * One of model, key, project, provider, day, user or tag:NAME, or up to 4 of them with commas between. By provider each attempt's tokens and cost count for the provider of the attempt, failed ones included
           */
          group_by?: string;
          /**
           * Only records in this currency
           */
          currency?: string;
          /**
           * Only requests with this key, by its id, or with all keys of this name
           */
          key?: string;
          /**
           * Only requests of this project
           */
          project?: string;
          /**
           * Only requests that asked for this model
           */
          model?: string;
          /**
           * Only what attempts at this provider used and cost, failed ones included
           */
          provider?: string;
          /**
           * Only requests for this user; empty for those that name none. tag:NAME=VALUE in the query does the same for a tag, several for all of them
           */
          user?: string;
          /**
           * Rows at most; those of the least cost are left out
           */
          limit?: number;
          /**
           * Sums for each hour (of UTC), day, week (from Monday) or month, too, in `points`: at most 750. Needs since; until is now by default
           */
          interval?: "hour" | "day" | "week" | "month";
          /**
           * In which time zone days, weeks and months begin
           */
          tz?: string;
          /**
           * `csv` for rows as CSV (RFC 4180), as with `Accept: text/csv`; `spreadsheet` for the same after a byte order mark, without which Excel reads letters wrong
           */
          format?: "json" | "csv" | "spreadsheet";
        };
      };
      responses: {
        200: {
          content: {
            "application/json": UsageReport;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/requests": {
    /**
     * Usage records, newest first
     */
    get: {
      parameters: {
        query?: {
          /**
           * Records at most: 100 by default and 1000 at most, as CSV 100000
           */
          limit?: number;
          /**
           * The `next` of the page before, with the same filters
           */
          cursor?: string;
          /**
           * Only requests with this key, by its id, or with all keys of this name
           */
          key?: string;
          /**
           * Only requests of this project; several for any of them
           */
          project?: string | [string, ...string[]];
          /**
           * Only requests that asked for this model; several for any of them
           */
          model?: string | [string, ...string[]];
          /**
           * Only requests whose last attempt was at this provider; empty for those that none was tried for; several for any of them
           */
          provider?: string | [string, ...string[]];
          /**
           * Only requests that ended so: a status such as 200, a class such as 4xx, or `error` for all from 400 on; several for any of them
           */
          status?: string | [string, ...string[]];
          /**
           * Only requests that cost so much or more, each in its own currency: a decimal
           */
          min_cost?: string;
          /**
           * Only requests that took so long or longer
           */
          min_latency_ms?: number | null;
          /**
           * Only requests for this user; empty for those that name none. tag:NAME=VALUE in the query does the same for a tag, several for all of them
           */
          user?: string;
          /**
           * From, inclusive
           */
          since?: string;
          /**
           * To, exclusive
           */
          until?: string;
          /**
           * Only requests that ended at this time or later; the list is then in the order of their ends, the last first
           */
          ended_since?: string;
          /**
           * `csv` for rows as CSV (RFC 4180), as with `Accept: text/csv`; `spreadsheet` for the same after a byte order mark, without which Excel reads letters wrong
           */
          format?: "json" | "csv" | "spreadsheet";
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              requests: UsageRecord[];
              /**
               * The next page's cursor; null at the end. A page with several filters may have fewer records than asked for, or none, and still a next one
               */
              next: string | null;
              /**
               * The server's time before it looked: with it as `ended_since` the next list has what has ended since
               */
              now: string;
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/requests/{id}": {
    /**
     * The story of one request: its attempts, why they failed, how its cost came about
     */
    get: {
      parameters: {
        path: {
          /**
           * Its id, or a beginning that no other has
           */
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": RequestStory;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/content-log": {
    /**
     * The projects whose prompts and answers are kept, and how much of them there is
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              projects: {
                project: string;
                /**
                 * Whether text is kept now; else there is some of before
                 */
                is_on: boolean;
                retention_days: number | null;
                mask: unknown[];
                sample: number;
                /**
                 * On the machine that answers
                 */
                files: number;
                bytes: number;
              }[];
            };
          };
        };
      };
    };
  };
  "/admin/v1/requests/{id}/content": {
    /**
     * Prompt and answer of a request, where its project keeps them. Each reading is logged
     */
    get: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              id: string;
              project: string;
              time: string;
              key_id: string;
              model: string;
              operation: string;
              outcome: string;
              /**
               * The body in the client's own format, with media as their types and sizes
               */
              request?: {
                [k: string]: unknown;
              };
              /**
               * Its choices with their parts; null where there was none
               */
              answer?: {
                [k: string]: unknown;
              };
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/events": {
    /**
     * What happens, as it happens
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "text/event-stream": string;
          };
        };
        503: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/conversations": {
    /**
     * Your conversations, pinned ones first, then those that were used last; or a search in them
     */
    get: {
      parameters: {
        query?: {
          limit?: number;
          cursor?: string;
          /**
           * Words that are all to be in the title or in one message; newest first, pinned or not
           */
          search?: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              conversations: {
                id: string;
                title: string;
                /**
                 * The project that pays
                 */
                project: string;
                /**
                 * One, or two side by side
                 *
                 * @maxItems 2
                 */
                models: string[];
                /**
                 * What requests are made with
                 */
                parameters: {
                  temperature?: number;
                  top_p?: number;
                  max_tokens?: number;
                  reasoning_effort?: string;
                  /**
                   * Whether answers are to be JSON
                   */
                  json?: boolean;
                };
                /**
                 * So many days after its last use it is deleted; null for never. `console.conversation_days` of the configuration bounds it
                 */
                keep_days: 1 | 7 | 30 | null;
                pinned: boolean;
                created_at: string;
                /**
                 * When a message was last added or changed
                 */
                updated_at: string;
                expires_at: string | null;
                messages: number;
                /**
                 * About what it takes in the store
                 */
                bytes: number;
                /**
                 * Of a search: the words around what was found; null where that is in the title
                 */
                excerpt?: {
                  message: string;
                  text: string;
                } | null;
              }[];
              /**
               * The cursor of the next page, or from where a search goes on
               */
              next: string | null;
              /**
               * How many conversations this call has opened and read
               */
              searched?: number;
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Begin a conversation
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": NewConversation;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Conversation;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Delete all of your conversations
     */
    delete: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              deleted: number;
            };
          };
        };
      };
    };
  };
  "/admin/v1/conversations/{id}": {
    /**
     * A conversation without its messages
     */
    get: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Conversation;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Rename a conversation, pin it, or change how long it is kept and what it is asked with
     */
    patch: {
      parameters: {
        path: {
          id: string;
        };
      };
      requestBody: {
        content: {
          "application/json": ConversationChanges;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Conversation;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Delete a conversation with its messages
     */
    delete: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              id: string;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/conversations/{id}/messages": {
    /**
     * Messages of a conversation, oldest first; their parents make them a tree
     */
    get: {
      parameters: {
        query?: {
          limit?: number;
          cursor?: string;
        };
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              messages: Message[];
              next: string | null;
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Keep messages, all of them or none
     */
    post: {
      parameters: {
        path: {
          id: string;
        };
      };
      requestBody: {
        content: {
          "application/json": {
            /**
             * New ones, parents first; one whose id is there is replaced, and keeps its parent
             *
             * @minItems 1
             * @maxItems 20
             */
            messages: [
              {
                id: string;
                /**
                 * The message that it follows; null for a first one
                 */
                parent: string | null;
                role: "user" | "assistant";
                status: "complete" | "stopped" | "failed";
                /**
                 * @maxItems 16
                 */
                content: (
                  | {
                      type: "text";
                      text: string;
                    }
                  | {
                      type: "image";
                      url: string;
                    }
                )[];
                reasoning?: string;
                model?: string | null;
                request_id?: string | null;
                usage?: {
                  input_tokens: number;
                  cached_input_tokens: number;
                  output_tokens: number;
                  reasoning_tokens: number;
                  cost: string | null;
                  currency: string | null;
                  /**
                   * Whether a count is Sahab's estimate, as where an answer was stopped
                   */
                  estimated?: boolean;
                } | null;
                timings?: {
                  first_token_ms: number | null;
                  total_ms: number;
                } | null;
                error?: {
                  code: string;
                  message: string;
                } | null;
                /**
                 * Why the model ended: `stop`, `length`, `content_filter`, …
                 */
                finish?: string | null;
              },
              ...{
                id: string;
                /**
                 * The message that it follows; null for a first one
                 */
                parent: string | null;
                role: "user" | "assistant";
                status: "complete" | "stopped" | "failed";
                /**
                 * @maxItems 16
                 */
                content: (
                  | {
                      type: "text";
                      text: string;
                    }
                  | {
                      type: "image";
                      url: string;
                    }
                )[];
                reasoning?: string;
                model?: string | null;
                request_id?: string | null;
                usage?: {
                  input_tokens: number;
                  cached_input_tokens: number;
                  output_tokens: number;
                  reasoning_tokens: number;
                  cost: string | null;
                  currency: string | null;
                  /**
                   * Whether a count is Sahab's estimate, as where an answer was stopped
                   */
                  estimated?: boolean;
                } | null;
                timings?: {
                  first_token_ms: number | null;
                  total_ms: number;
                } | null;
                error?: {
                  code: string;
                  message: string;
                } | null;
                /**
                 * Why the model ended: `stop`, `length`, `content_filter`, …
                 */
                finish?: string | null;
              }[]
            ];
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Conversation;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/conversations/{id}/messages/{message}": {
    /**
     * Delete a message and all that follow from it
     */
    delete: {
      parameters: {
        path: {
          id: string;
          message: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              deleted: number;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/status": {
    /**
     * How Sahab is: its process, models, providers, and what was used today
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": Status;
          };
        };
      };
    };
  };
  "/admin/v1/balance": {
    /**
     * What a project, a key or an organisation may spend, and has spent
     */
    get: {
      parameters: {
        query?: {
          project?: string;
          /**
           * By its id, or by its name where one key has it
           */
          key?: string;
          organisation?: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Balance;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/entries": {
    /**
     * Corrections and top-ups, newest first
     */
    get: {
      parameters: {
        query?: {
          project?: string;
          /**
           * By its id, or by its name where one key has it
           */
          key?: string;
          organisation?: string;
          limit?: number;
          /**
           * The `next` of the page before, with the same filters
           */
          cursor?: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              entries: Entry[];
              next: string | null;
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Book a correction or a top-up beside the usage records
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": NewEntry;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              entry: Entry;
              booked: boolean;
              warnings: string[];
            };
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/models": {
    /**
     * The models that clients may ask for
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              models: Model[];
            };
          };
        };
      };
    };
  };
  "/admin/v1/models/{name}": {
    /**
     * A model that clients may ask for
     */
    get: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Model;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Make a model what the body says; its file stays, unless local is null
     */
    put: {
      parameters: {
        path: {
          name: string;
        };
      };
      requestBody: {
        content: {
          "application/json": ModelChanges;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Model;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Change a model: its targets as a whole, and other fields one by one
     */
    patch: {
      parameters: {
        path: {
          name: string;
        };
      };
      requestBody: {
        content: {
          "application/json": ModelChanges;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Model;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Take a model away, even one that a cloud.yaml manages, as sahab rm does; its file, if Sahab holds it and no other model needs it, goes too
     */
    delete: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              name: string;
              file_removed: boolean;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/aliases": {
    /**
     * Other names that lead to models
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              aliases: Alias[];
            };
          };
        };
      };
    };
  };
  "/admin/v1/aliases/{name}": {
    /**
     * Let a name lead to a model
     */
    put: {
      parameters: {
        path: {
          name: string;
        };
      };
      requestBody: {
        content: {
          "application/json": {
            model: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Alias;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * Take an alias away
     */
    delete: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              name: string;
            };
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/models/{name}/load": {
    /**
     * Load a local model that is loaded when it is asked for, before anybody asks
     */
    post: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Engines;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/models/{name}/unload": {
    /**
     * Let a local model sleep that is loaded when it is asked for
     */
    post: {
      parameters: {
        path: {
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Engines;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/ps": {
    /**
     * The engines of local models
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": Engines;
          };
        };
      };
    };
  };
  "/admin/v1/models/pull": {
    /**
     * Fetch a model in GGUF from a hub, an address or a file, and serve it
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": Pull;
        };
      };
      responses: {
        200: {
          content: {
            "application/x-ndjson": string;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/pulls": {
    /**
     * The pulls that go on by themselves, and how the last ones ended
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              pulls: PullState[];
            };
          };
        };
      };
    };
    /**
     * Begin to fetch a model, which goes on by itself
     */
    post: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": Pull;
        };
      };
      responses: {
        202: {
          content: {
            "application/json": PullState;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        503: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/pulls/{id}": {
    /**
     * How far a pull is
     */
    get: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": PullState;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
    /**
     * End a pull that runs, or forget one that has ended
     */
    delete: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": PullState;
          };
        };
        404: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/vendors": {
    /**
     * The vendors that a provider may be of, and what is needed to add one
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": {
              vendors: Vendor[];
            };
          };
        };
      };
    };
  };
  "/admin/v1/settings": {
    /**
     * How the server is set up; no secrets
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": Settings;
          };
        };
      };
    };
    /**
     * Change settings of the configuration; null for what is usual
     */
    patch: {
      parameters: {};
      requestBody: {
        content: {
          "application/json": SettingsChanges;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": Settings;
          };
        };
        400: {
          content: {
            "application/json": Error;
          };
        };
        409: {
          content: {
            "application/json": Error;
          };
        };
      };
    };
  };
  "/admin/v1/health": {
    /**
     * What is wrong with this machine and the server, with the way out, looked at within the last 10 s; asks no provider
     */
    get: {
      parameters: {};
      responses: {
        200: {
          content: {
            "application/json": Health;
          };
        };
      };
    };
  };
}
export interface Session {
  actor: {
    /**
     * For people
     */
    name: string;
    role: "admin";
  };
  /**
   * What requests of the session that change something have in x-sahab-csrf; null for a request with a key
   */
  csrf: string | null;
  /**
   * When the session ends unless it is used again
   */
  expires_at: string | null;
  server: {
    version: string;
    /**
     * The machine's name
     */
    name: string;
  };
  /**
   * Null for a request with a key of its own
   */
  signed_in_with: "key" | "link" | null;
  chat: {
    /**
     * Whether answers in the chat always have a label that says that an AI made them
     */
    ai_label: boolean;
    /**
     * Conversations are deleted so many days after their last use at the latest; null for no such bound
     */
    conversation_days: number | null;
  };
}
export interface Error {
  error: {
    code: string;
    message: string;
    param: string | null;
    request_id: string;
    /**
     * All that is wrong with a configuration, at most 50
     */
    problems?: {
      /**
       * Where in the document, such as models[0].price.input; empty for the whole
       */
      path: string;
      message: string;
    }[];
    /**
     * How many there are, also where not all are listed
     */
    problems_count?: number;
    /**
     * Where they have to be looked at first: what would be changed
     */
    changes?: Change[];
    /**
     * Stands for these changes: given as plan, others are refused
     */
    plan?: string;
  };
}
export interface Change {
  action: "create" | "update" | "delete";
  kind: "provider" | "model" | "alias" | "organisation" | "project" | "rate" | "alert" | "setting";
  name: string;
  fields?: string[];
  /**
   * Of an update: what was and is; at most 50, long ones as their beginning
   */
  values?: {
    path: string;
    /**
     * Absent where there was none
     */
    before?: {
      [k: string]: unknown;
    };
    /**
     * Absent where there is none
     */
    after?: {
      [k: string]: unknown;
    };
    /**
     * It changes, and is not shown
     */
    secret?: boolean;
  }[];
}
export interface Sessions {
  sessions: {
    id: string;
    actor: {
      /**
       * For people
       */
      name: string;
      role: "admin";
    };
    signed_in_with: "key" | "link";
    /**
     * Where it was signed in from
     */
    address: string;
    user_agent: string;
    created_at: string;
    /**
     * Up to a minute late
     */
    last_used_at: string;
    /**
     * When it ends unless it is used again
     */
    expires_at: string;
    /**
     * The session of this request
     */
    is_current: boolean;
  }[];
}
export interface SignInLink {
  /**
   * To be put behind /#link= of the server's address
   */
  link: string;
  expires_at: string;
}
export interface Applied {
  changes: Change[];
  dry_run: boolean;
  warnings: string[];
  /**
   * What the document does not name and what stays, since no file manages it
   */
  kept: Managed[];
  /**
   * Stands for these changes: given as plan, others are refused
   */
  plan: string;
  /**
   * With probe: how each provider was reached
   */
  probes?: ProviderReport[];
}
export interface Managed {
  kind: "provider" | "model" | "alias" | "organisation" | "project" | "rate" | "alert" | "setting";
  name: string;
  /**
   * file: a cloud.yaml; console: the admin API; pull: sahab pull
   */
  managed_by: "file" | "console" | "pull" | null;
}
export interface ProviderReport {
  name: string;
  vendor: string;
  address: string;
  /**
   * The worst of its keys'
   */
  status: "ok" | "warning" | "failed";
  keys: {
    /**
     * Its place among several, from 1; null where there is one, or none
     */
    key: number | null;
    status: "ok" | "warning" | "failed";
    steps: {
      step: "address" | "name" | "connection" | "proxy" | "tls" | "key" | "models" | "token";
      status: "ok" | "warning" | "failed" | "skipped";
      /**
       * What was found, and what to do about it
       */
      detail: string;
      ms: number | null;
    }[];
    /**
     * null where the vendor has no list, or did not give it
     */
    models: {
      listed: number;
      /**
       * The first 1,000 of what it lists
       */
      ids: string[];
      /**
       * Models of the configuration that the vendor does not list
       */
      missing: string[];
      /**
       * Models of the catalogue that it does not list
       */
      missing_offered: string[];
    } | null;
    token: {
      /**
       * Id of its usage record
       */
      request: string;
      model: string;
      tokens: {
        input: number;
        output: number;
      };
      /**
       * Decimal, exact
       */
      cost: string;
      currency: string;
      latency_ms: number;
    } | null;
  }[];
}
export interface Rotated {
  resealed: number;
}
export interface RotateAdmin {
  /**
   * How long the old key stays good beside it; not at all by default
   */
  overlap_seconds?: number;
}
export interface RotatedAdmin {
  /**
   * As it is in admin.key; null for a caller who did not have the old one: a named key gets none that lasts longer
   */
  key: string | null;
  old: {
    id: string;
    /**
     * In the past where there is no overlap
     */
    expires_at: string;
  };
}
export interface Key {
  id: string;
  name: string;
  project: string;
  role: "user" | "metrics" | "admin";
  prefix: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /**
   * Up to a minute late; null where it is not known to have been used
   */
  last_used_at: string | null;
  status: "active" | "expired" | "revoked";
  /**
   * The id of the key that a rotation has put in its place
   */
  replaced_by: string | null;
  /**
   * null: all that its project may call
   */
  models: string[] | null;
  /**
   * null: anywhere
   */
  addresses: string[] | null;
  /**
   * Its budget, limits and session_budget, as they are declared
   */
  terms: {
    [k: string]: unknown;
  };
}
export interface NewKey {
  name: string;
  project?: string;
  /**
   * What it is good for: calls of models, /metrics alone, or everything (admin)
   */
  role?: "user" | "metrics" | "admin";
  /**
   * One, or a list of several windows of the project's calendar
   */
  budget?:
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }[];
  /**
   * Requests and tokens a minute, and requests under way; in `models` by a model's name or its beginning and a *
   */
  limits?: {
    rpm?: number;
    tpm?: number;
    concurrency?: number;
    models?: {
      [k: string]: {
        rpm?: number;
        tpm?: number;
        concurrency?: number;
      };
    };
  };
  /**
   * What each session may spend in all
   */
  session_budget?: number | string;
  expires_at?: string;
  /**
   * Names of models that it may call, out of those of its project; "gpt-*" means all that begin with gpt-. They need not exist yet
   *
   * @minItems 1
   * @maxItems 500
   */
  models?: [string, ...string[]];
  /**
   * Addresses and ranges (CIDR) that it is good from
   *
   * @minItems 1
   * @maxItems 100
   */
  addresses?: [string, ...string[]];
}
export interface CreatedKey {
  id: string;
  /**
   * Shown this once; stored only as a hash
   */
  key: string;
  warnings: string[];
}
export interface Account {
  /**
   * organisation:NAME, project:NAME or key:ID
   */
  account: string;
  currency: string;
  time_zone: string;
  /**
   * Its budgets, each in the window of now
   */
  windows: {
    period: "day" | "week" | "month" | "total";
    /**
     * Requests over it are not refused
     */
    soft: boolean;
    /**
     * Decimal, exact
     */
    amount: string;
    /**
     * Of records and entries in this window
     */
    spent: string;
    /**
     * Reserved by requests under way
     */
    held: string;
    /**
     * Decimal, exact
     */
    left: string;
    starts_at: string;
    /**
     * null where the budget is for the whole time
     */
    ends_at: string | null;
  }[];
  /**
   * Of an account that spends only what was topped up
   */
  balance: {
    /**
     * Decimal, exact
     */
    topped_up: string;
    /**
     * Decimal, exact
     */
    spent: string;
    /**
     * Decimal, exact
     */
    held: string;
    /**
     * Decimal, exact
     */
    left: string;
  } | null;
  limits: {
    measure: "requests" | "tokens" | "concurrency";
    /**
     * A minute; of concurrency, at a time
     */
    amount: number;
    /**
     * The model or pattern that is counted; null for all requests
     */
    models: string | null;
  }[];
  /**
   * Decimal, exact
   */
  session_budget: string | null;
}
/**
 * What is left out stays; null takes a bound away
 */
export interface KeyChanges {
  name?: string;
  expires_at?: string | null;
  /**
   * Names of models that it may call, out of those of its project; "gpt-*" means all that begin with gpt-. They need not exist yet
   *
   * @minItems 1
   * @maxItems 500
   */
  models?: [string, ...string[]] | null;
  /**
   * Addresses and ranges (CIDR) that it is good from
   *
   * @minItems 1
   * @maxItems 100
   */
  addresses?: [string, ...string[]] | null;
  /**
   * One, or a list of several windows of the project's calendar
   */
  budget?:
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }[]
    | null;
  /**
   * Requests and tokens a minute, and requests under way; in `models` by a model's name or its beginning and a *
   */
  limits?: {
    rpm?: number;
    tpm?: number;
    concurrency?: number;
    models?: {
      [k: string]: {
        rpm?: number;
        tpm?: number;
        concurrency?: number;
      };
    };
  } | null;
  /**
   * What each session may spend in all
   */
  session_budget?: number | string | null;
}
export interface RotateKey {
  /**
   * How long the old key stays good beside it; a day by default
   */
  overlap_seconds?: number;
  /**
   * Of the new key; by default as the old one's was
   */
  expires_at?: string | null;
}
export interface RotatedKey {
  id: string;
  /**
   * Shown this once; stored only as a hash
   */
  key: string;
  expires_at: string | null;
  old: {
    id: string;
    /**
     * In the past where there is no overlap
     */
    expires_at: string;
  };
}
export interface Connect {
  address: string;
  model: string | null;
  /**
   * Stands in the lines where the key belongs
   */
  key: string;
  programs: {
    /**
     * As sahab connect NAME has it
     */
    name: string;
    title: string;
    about: string;
    speaks: "chat" | "responses" | "messages" | "gemini";
    /**
     * It works with tools, so that a model without them or with a small context is of little use
     */
    is_agent: boolean;
    files: {
      path: string;
      format: string;
      blocks: {
        /**
         * Where in the file; the end of a phrase
         */
        place: string;
        text: string;
      }[];
    }[];
    /**
     * Lines for the shell that it is started in
     */
    shell: string[];
    /**
     * What a person does, one step a line
     */
    steps: string[];
    start: string;
    /**
     * Whether `start` is a command
     */
    is_command: boolean;
    notes: string[];
    /**
     * Whether sahab connect NAME --write does all of it
     */
    can_write: boolean;
  }[];
}
export interface Project {
  name: string;
  organisation: string | null;
  currency: string;
  time_zone: string;
  prepaid: boolean;
  /**
   * null: all
   */
  models: string[] | null;
  /**
   * Its budget, limits and session_budget, as they are declared
   */
  terms: {
    [k: string]: unknown;
  };
  output: number | null;
  /**
   * How many are good now
   */
  keys: number;
  /**
   * What a file manages is changed there alone; null: it is there by itself
   */
  managed_by: "file" | "console" | "pull" | null;
  /**
   * Its own account, and that of its organisation where this bounds it
   */
  accounts: Account[];
}
export interface NewProject {
  name: string;
  organisation?: string | null;
  /**
   * Of its budgets; its organisation's by default, else USD
   */
  currency?: string | null;
  /**
   * In which its days, weeks and months begin
   */
  time_zone?: string | null;
  /**
   * One, or a list of several windows of the project's calendar
   */
  budget?:
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }[]
    | null;
  /**
   * Requests and tokens a minute, and requests under way; in `models` by a model's name or its beginning and a *
   */
  limits?: {
    rpm?: number;
    tpm?: number;
    concurrency?: number;
    models?: {
      [k: string]: {
        rpm?: number;
        tpm?: number;
        concurrency?: number;
      };
    };
  } | null;
  /**
   * What each session may spend in all
   */
  session_budget?: number | string | null;
  /**
   * Spends only what was topped up
   */
  prepaid?: boolean | null;
  /**
   * Tokens that are reserved for an answer which neither its request nor its model bounds
   */
  output?: number | null;
  /**
   * Models that it may call; null for all
   */
  models?: string[] | null;
}
/**
 * What is left out stays; null takes it away
 */
export interface ProjectChanges {
  organisation?: string | null;
  /**
   * Of its budgets; its organisation's by default, else USD
   */
  currency?: string | null;
  /**
   * In which its days, weeks and months begin
   */
  time_zone?: string | null;
  /**
   * One, or a list of several windows of the project's calendar
   */
  budget?:
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }
    | {
        /**
         * Decimal, in the currency of its project
         */
        amount: number | string;
        period: "day" | "week" | "month" | "total";
        /**
         * Requests over it are not refused
         */
        soft?: boolean;
      }[]
    | null;
  /**
   * Requests and tokens a minute, and requests under way; in `models` by a model's name or its beginning and a *
   */
  limits?: {
    rpm?: number;
    tpm?: number;
    concurrency?: number;
    models?: {
      [k: string]: {
        rpm?: number;
        tpm?: number;
        concurrency?: number;
      };
    };
  } | null;
  /**
   * What each session may spend in all
   */
  session_budget?: number | string | null;
  /**
   * Spends only what was topped up
   */
  prepaid?: boolean | null;
  /**
   * Tokens that are reserved for an answer which neither its request nor its model bounds
   */
  output?: number | null;
  /**
   * Models that it may call; null for all
   */
  models?: string[] | null;
}
export interface CatalogStatus {
  /**
   * Where most of it is from
   */
  source: string;
  /**
   * As of when
   */
  date: string;
  models: number;
  priced: number;
  vendors: {
    id: string;
    name: string;
    models: number;
  }[];
  /**
   * Whether it is an update, or what comes with Sahab
   */
  updated: boolean;
  /**
   * Why an update that is there is not used
   */
  fault: string | null;
}
export interface CatalogModel {
  /**
   * The vendor's part of the catalogue
   */
  vendor: string;
  id: string;
  name: string;
  context: number | null;
  /**
   * Most tokens of a prompt, where that is less than the context
   */
  input: number | null;
  output: number | null;
  takes: string[];
  gives: string[];
  features: string[];
  /**
   * What it is known not to have; what is in neither list is unknown
   */
  lacks: string[];
  /**
   * How it can be told to think; null for one that does not
   */
  thinking: {
    [k: string]: unknown;
  } | null;
  /**
   * The field in which its thoughts are sent back to it
   */
  interleaved: string | null;
  knowledge: string | null;
  released: string | null;
  status: string | null;
  /**
   * By date, as cloud.yaml takes them; none where the price is unknown
   */
  prices: {
    [k: string]: unknown;
  }[];
  /**
   * The currency that the vendor bills in, where the source has converted the price
   */
  converted_from: string | null;
  source: string;
  /**
   * Providers here that have it
   */
  available: string[];
}
export interface CatalogChange {
  action: "add" | "price" | "facts" | "held" | "kept" | "by hand" | "gone";
  vendor: string;
  model: string;
  details: string[];
}
export interface Provider {
  name: string;
  vendor: string;
  /**
   * environment where it is there since its key is in the server's environment; file where a cloud.yaml names it
   */
  managed_by: "file" | "console" | "pull" | "environment" | null;
  /**
   * Its base address; null where something of it is missing
   */
  address: string | null;
  region: string | null;
  /**
   * The wire formats that it offers, the preferred first
   */
  apis: string[];
  keys: number;
  /**
   * Models of the configuration that are asked there
   */
  models: number;
  /**
   * Models that it offers since the catalogue has them
   */
  offered: number;
  /**
   * Why it is not called
   */
  fault: string | null;
  /**
   * Models of it that rest since they failed a moment ago, as the process that answers sees it
   */
  resting: number;
  /**
   * Attempts that are open there now, as the process that answers sees it
   */
  in_flight: number;
}
export interface NewProvider {
  /**
   * What models name it by; the vendor's name by default
   */
  name?: string;
  vendor: string;
  /**
   * Where the vendor's own address is not meant; null for that
   */
  base_url?: string | null;
  region?: string | null;
  /**
   * Wire formats that it offers, the preferred first
   *
   * @minItems 1
   * @maxItems 16
   */
  apis?: [string, ...string[]] | null;
  /**
   * Whether every model that the catalogue has of the vendor is there as NAME/id
   */
  catalog?: boolean | null;
  /**
   * An HTTP proxy, or none
   */
  proxy?: string | null;
  /**
   * @maxItems 200
   */
  pass_fields?: string[] | null;
  timeouts?: {
    connect_ms?: number;
    first_text_ms?: number;
    first_byte_ms?: number;
    idle_ms?: number;
    whole_ms?: number;
  } | null;
  tls?: {
    ca?: string;
    insecure?: boolean;
  } | null;
  /**
   * The key, or where it is (env:NAME, file:/path, exec:/program); never given back. null removes it
   */
  api_key?: string | null;
  /**
   * Several keys instead
   *
   * @minItems 1
   * @maxItems 16
   */
  api_keys?: [string, ...string[]] | null;
  /**
   * Sent with every call; never given back. null removes them
   */
  headers?: {
    [k: string]: string;
  } | null;
}
export interface ProviderSettings {
  name: string;
  vendor: string;
  managed_by: "file" | "console" | "pull" | "environment" | null;
  /**
   * What the configuration says of it, without secrets; null for one of the environment
   */
  settings: {
    base_url?: string;
    region?: string;
    apis?: string[];
    catalog?: boolean;
    /**
     * Without its password
     */
    proxy?: string;
    pass_fields?: string[];
    timeouts?: {
      [k: string]: number;
    };
    tls?: {
      has_ca: boolean;
      insecure: boolean;
    };
    header_names: string[];
    /**
     * Where its keys are, for those that are references
     */
    key_references: string[];
    /**
     * Keys that are stored or referred to
     */
    keys: number;
  } | null;
  /**
   * Models of the configuration that name it
   */
  used_by: string[];
}
/**
 * A provider as it would be added. With the name of a stored one, what is left out is as it is there, its secrets included
 */
export interface ProviderDraft {
  /**
   * What models name it by; the vendor's name by default
   */
  name?: string;
  vendor: string;
  /**
   * Where the vendor's own address is not meant; null for that
   */
  base_url?: string | null;
  region?: string | null;
  /**
   * Wire formats that it offers, the preferred first
   *
   * @minItems 1
   * @maxItems 16
   */
  apis?: [string, ...string[]] | null;
  /**
   * Whether every model that the catalogue has of the vendor is there as NAME/id
   */
  catalog?: boolean | null;
  /**
   * An HTTP proxy, or none
   */
  proxy?: string | null;
  /**
   * @maxItems 200
   */
  pass_fields?: string[] | null;
  timeouts?: {
    connect_ms?: number;
    first_text_ms?: number;
    first_byte_ms?: number;
    idle_ms?: number;
    whole_ms?: number;
  } | null;
  tls?: {
    ca?: string;
    insecure?: boolean;
  } | null;
  /**
   * The key, or where it is (env:NAME, file:/path, exec:/program); never given back. null removes it
   */
  api_key?: string | null;
  /**
   * Several keys instead
   *
   * @minItems 1
   * @maxItems 16
   */
  api_keys?: [string, ...string[]] | null;
  /**
   * Sent with every call; never given back. null removes them
   */
  headers?: {
    [k: string]: string;
  } | null;
  /**
   * The model that is asked for a token; one is chosen otherwise
   */
  model?: string;
  /**
   * Whether a model is asked for a token, which costs something; false by default
   */
  token?: boolean;
}
/**
 * What is left out stays. Stored secrets go to no other address than the one that they were given for
 */
export interface ProviderChanges {
  /**
   * Where the vendor's own address is not meant; null for that
   */
  base_url?: string | null;
  region?: string | null;
  /**
   * Wire formats that it offers, the preferred first
   *
   * @minItems 1
   * @maxItems 16
   */
  apis?: [string, ...string[]] | null;
  /**
   * Whether every model that the catalogue has of the vendor is there as NAME/id
   */
  catalog?: boolean | null;
  /**
   * An HTTP proxy, or none
   */
  proxy?: string | null;
  /**
   * @maxItems 200
   */
  pass_fields?: string[] | null;
  timeouts?: {
    connect_ms?: number;
    first_text_ms?: number;
    first_byte_ms?: number;
    idle_ms?: number;
    whole_ms?: number;
  } | null;
  tls?: {
    ca?: string;
    insecure?: boolean;
  } | null;
  /**
   * The key, or where it is (env:NAME, file:/path, exec:/program); never given back. null removes it
   */
  api_key?: string | null;
  /**
   * Several keys instead
   *
   * @minItems 1
   * @maxItems 16
   */
  api_keys?: [string, ...string[]] | null;
  /**
   * Sent with every call; never given back. null removes them
   */
  headers?: {
    [k: string]: string;
  } | null;
}
export interface ProviderTestWish {
  /**
   * The model that is asked for a token, by its name here or at the vendor; one is chosen otherwise
   */
  model?: string;
  /**
   * Whether a model is asked for a token, which costs something; true by default
   */
  token?: boolean;
}
export interface UsageReport {
  /**
   * In order of their groups; by cost, the largest first, where users or tags are among these, or rows were left out
   */
  rows: UsageRow[];
  /**
   * How many rows were left out
   */
  more: number;
  /**
   * The sums of those that were left out, without groups
   */
  rest: UsageRow[];
  /**
   * With interval: one for each hour, day, week or month, in order, also where nothing was used
   */
  points?: UsagePoint[];
  /**
   * Records before this time have been exported and deleted, and the report lacks what it needs of them: by tag, by user and provider together, or for parts of hours and, by user, of days; null where nothing is missing
   */
  cut_off: string | null;
}
export interface UsageRow {
  /**
   * Empty by model for requests that named no model that is known here, by provider for those that reached none, and by user or a tag for those without; several are joined by a comma
   */
  group: string;
  /**
   * One for each name in group_by, in that order
   */
  groups: string[];
  /**
   * The key's name, where the rows are by key; the admin key has none
   */
  name?: string;
  /**
   * By provider: requests of which an attempt was sent to it or answered by it, so that one request may count for several
   */
  requests: number;
  /**
   * Cached and cache-written ones included
   */
  input_tokens: number;
  /**
   * Part of the input that was read from a prefix cache
   */
  cached_input_tokens: number;
  /**
   * Part of the input that was written to a prefix cache
   */
  cache_write_tokens: number;
  /**
   * Reasoning included
   */
  output_tokens: number;
  /**
   * Part of the output that was reasoning
   */
  reasoning_tokens: number;
  /**
   * Images that were made
   */
  images: number;
  /**
   * Seconds of sound that were heard
   */
  seconds: number;
  /**
   * Characters that were spoken
   */
  characters: number;
  /**
   * Searches of reranks, and on the web by the vendor
   */
  searches: number;
  /**
   * What is charged: decimal, exact
   */
  cost: string;
  /**
   * What the providers cost by the price book
   */
  provider_cost: string;
  /**
   * What vendors state as their own bill, of the requests for which they do; null where none does
   */
  vendor_cost: string | null;
  /**
   * vendor_cost less what the same requests cost by the price book: above 0 the vendor asks for more
   */
  vendor_difference: string | null;
  currency: string;
}
export interface UsagePoint {
  since: string;
  until: string;
  /**
   * Of the report's rows, those that used something in this time
   */
  rows: UsagePointRow[];
  /**
   * The sums of those that the report leaves out, without groups
   */
  rest: UsagePointRow[];
}
export interface UsagePointRow {
  /**
   * One for each name in group_by, in that order
   */
  groups: string[];
  /**
   * By provider: requests of which an attempt was sent to it or answered by it, so that one request may count for several
   */
  requests: number;
  /**
   * Cached and cache-written ones included
   */
  input_tokens: number;
  /**
   * Part of the input that was read from a prefix cache
   */
  cached_input_tokens: number;
  /**
   * Reasoning included
   */
  output_tokens: number;
  /**
   * Part of the output that was reasoning
   */
  reasoning_tokens: number;
  /**
   * What is charged: decimal, exact
   */
  cost: string;
  currency: string;
}
export interface UsageRecord {
  /**
   * The request's id, as in the answer's x-request-id; unique in the ledger
   */
  id: string;
  /**
   * When the request arrived
   */
  time: string;
  /**
   * Id of the caller's key; `provider-test` where an operator tested a provider
   */
  key: string;
  /**
   * The key's project
   */
  project: string;
  /**
   * The model that the client's name for it led to; empty where there is none
   */
  model: string;
  /**
   * The provider of the last attempt, or `local`; empty where none was tried
   */
  provider: string;
  /**
   * What the client asked of the model; `provider-test` where an operator tested a provider
   */
  operation: string;
  /**
   * Name of the client's dialect
   */
  dialect: string;
  /**
   * How many attempts were started
   */
  attempts: number;
  /**
   * The attempts, in order; empty in records made before Sahab kept them
   */
  attempt_list: {
    /**
     * The provider, or `local`
     */
    provider: string;
    /**
     * The target's own name for the model
     */
    model: string;
    /**
     * Start, after the request's arrival
     */
    started_ms: number;
    /**
     * When the call was sent; null where it was not
     */
    sent_ms: number | null;
    /**
     * When the first text, reasoning or tool call came; null where none did
     */
    first_text_ms: number | null;
    /**
     * From the attempt's start to its end
     */
    duration_ms: number;
    /**
     * The vendor's own id of the request
     */
    vendor_request_id: string | null;
    /**
     * `ok`, or the code of the failure
     */
    outcome: string;
    tokens: {
      /**
       * Cached and cache-written ones included
       */
      input: number;
      /**
       * Part of the input that was read from a prefix cache
       */
      cached_input: number;
      /**
       * Part of the input that was written to a prefix cache
       */
      cache_write: number;
      /**
       * Reasoning included
       */
      output: number;
      /**
       * Part of the output that was reasoning
       */
      reasoning: number;
    };
    /**
     * Whether any count is Sahab's estimate
     */
    estimated: boolean;
    /**
     * What is charged: decimal, exact
     */
    cost: string;
    /**
     * The vendor's own bill, where its answer states one; never billed
     */
    vendor_cost: {
      /**
       * Decimal, exact
       */
      amount: string;
      currency: string;
    } | null;
    /**
     * That of the cost; null in records made before attempts had their own, where it is the request's
     */
    currency: string | null;
    /**
     * What the provider costs by the price book
     */
    provider_cost: string | null;
    /**
     * That of provider_cost
     */
    provider_currency: string | null;
    /**
     * Which of the provider's keys was used, from 1; null where it has one
     */
    provider_key: number | null;
    pieces: {
      /**
       * Images that were made
       */
      images: number;
      /**
       * Seconds of sound that were heard
       */
      seconds: number;
      /**
       * Characters that were spoken
       */
      characters: number;
      /**
       * Searches of reranks, and on the web by the vendor
       */
      searches: number;
    };
    /**
     * The HTTP status of the vendor's answer, where that was a failure; null otherwise, and in older records
     */
    vendor_status: number | null;
    /**
     * What the vendor calls the failure, such as `insufficient_quota`; null where it has no name for it
     */
    vendor_code: string | null;
  }[];
  /**
   * HTTP status that says how the request ended; 499 where the client left. A stream that broke had begun with 200
   */
  status: number;
  /**
   * `ok`, or why the answer is not whole; `interrupted` where Sahab itself crashed
   */
  outcome: string;
  /**
   * Whether the answer was streamed
   */
  stream: boolean;
  tokens: {
    /**
     * Cached and cache-written ones included
     */
    input: number;
    /**
     * Part of the input that was read from a prefix cache
     */
    cached_input: number;
    /**
     * Part of the input that was written to a prefix cache
     */
    cache_write: number;
    /**
     * Reasoning included
     */
    output: number;
    /**
     * Part of the output that was reasoning
     */
    reasoning: number;
  };
  /**
   * Whether any count is Sahab's estimate instead of the vendor's or the engine's own
   */
  estimated: boolean;
  /**
   * What is charged: decimal, exact; without the attempts that cost something in another currency
   */
  cost: string;
  /**
   * That of the last attempt, such as USD
   */
  currency: string;
  /**
   * What the providers cost by the price book
   */
  provider_cost: string | null;
  /**
   * That of provider_cost
   */
  provider_currency: string | null;
  /**
   * What vendors state as their own bill, in the currency of provider_cost; null where none does
   */
  vendor_cost: string | null;
  /**
   * What the same attempts cost by the price book, to be compared with vendor_cost
   */
  compared_cost: string | null;
  /**
   * Whether attempts cost something in another currency, which reports count in that one
   */
  has_other_currencies: boolean;
  /**
   * From arrival to the end of the answer
   */
  latency_ms: number;
  /**
   * From arrival to the first token; null where none came, or the answer was not streamed
   */
  time_to_first_token_ms: number | null;
  pieces: {
    /**
     * Images that were made
     */
    images: number;
    /**
     * Seconds of sound that were heard
     */
    seconds: number;
    /**
     * Characters that were spoken
     */
    characters: number;
    /**
     * Searches of reranks, and on the web by the vendor
     */
    searches: number;
  };
  /**
   * The user that the client names; empty where it names none
   */
  user: string;
  /**
   * What else the client says of the request by name, such as `session`, and `agent`, the program that sent it
   */
  tags: {
    [k: string]: string;
  };
  /**
   * The name that the client asked for, where it is not the model's own: an alias, or one that leads nowhere. At most 100 characters; else empty
   */
  asked_model: string;
  /**
   * The organisation of the project at that time; empty where it had none
   */
  organisation: string;
  /**
   * What counts against budgets, in the currency of the project
   */
  account_cost: string | null;
  /**
   * That of account_cost
   */
  account_currency: string | null;
  /**
   * The key's name as it is now; null for the admin key and for what is not a key
   */
  key_name: string | null;
}
export interface RequestStory {
  /**
   * The request's id, as in the answer's x-request-id; unique in the ledger
   */
  id: string;
  /**
   * When the request arrived
   */
  time: string;
  /**
   * Id of the caller's key; `provider-test` where an operator tested a provider
   */
  key: string;
  /**
   * The key's project
   */
  project: string;
  /**
   * The model that the client's name for it led to; empty where there is none
   */
  model: string;
  /**
   * The provider of the last attempt, or `local`; empty where none was tried
   */
  provider: string;
  /**
   * What the client asked of the model; `provider-test` where an operator tested a provider
   */
  operation: string;
  /**
   * Name of the client's dialect
   */
  dialect: string;
  /**
   * How many attempts were started
   */
  attempts: number;
  /**
   * The attempts, in order; empty in records made before Sahab kept them
   */
  attempt_list: {
    /**
     * The provider, or `local`
     */
    provider: string;
    /**
     * The target's own name for the model
     */
    model: string;
    /**
     * Start, after the request's arrival
     */
    started_ms: number;
    /**
     * When the call was sent; null where it was not
     */
    sent_ms: number | null;
    /**
     * When the first text, reasoning or tool call came; null where none did
     */
    first_text_ms: number | null;
    /**
     * From the attempt's start to its end
     */
    duration_ms: number;
    /**
     * The vendor's own id of the request
     */
    vendor_request_id: string | null;
    /**
     * `ok`, or the code of the failure
     */
    outcome: string;
    tokens: {
      /**
       * Cached and cache-written ones included
       */
      input: number;
      /**
       * Part of the input that was read from a prefix cache
       */
      cached_input: number;
      /**
       * Part of the input that was written to a prefix cache
       */
      cache_write: number;
      /**
       * Reasoning included
       */
      output: number;
      /**
       * Part of the output that was reasoning
       */
      reasoning: number;
    };
    /**
     * Whether any count is Sahab's estimate
     */
    estimated: boolean;
    /**
     * What is charged: decimal, exact
     */
    cost: string;
    /**
     * The vendor's own bill, where its answer states one; never billed
     */
    vendor_cost: {
      /**
       * Decimal, exact
       */
      amount: string;
      currency: string;
    } | null;
    /**
     * That of the cost; null in records made before attempts had their own, where it is the request's
     */
    currency: string | null;
    /**
     * What the provider costs by the price book
     */
    provider_cost: string | null;
    /**
     * That of provider_cost
     */
    provider_currency: string | null;
    /**
     * Which of the provider's keys was used, from 1; null where it has one
     */
    provider_key: number | null;
    pieces: {
      /**
       * Images that were made
       */
      images: number;
      /**
       * Seconds of sound that were heard
       */
      seconds: number;
      /**
       * Characters that were spoken
       */
      characters: number;
      /**
       * Searches of reranks, and on the web by the vendor
       */
      searches: number;
    };
    /**
     * The HTTP status of the vendor's answer, where that was a failure; null otherwise, and in older records
     */
    vendor_status: number | null;
    /**
     * What the vendor calls the failure, such as `insufficient_quota`; null where it has no name for it
     */
    vendor_code: string | null;
  }[];
  /**
   * HTTP status that says how the request ended; 499 where the client left. A stream that broke had begun with 200
   */
  status: number;
  /**
   * `ok`, or why the answer is not whole; `interrupted` where Sahab itself crashed
   */
  outcome: string;
  /**
   * Whether the answer was streamed
   */
  stream: boolean;
  tokens: {
    /**
     * Cached and cache-written ones included
     */
    input: number;
    /**
     * Part of the input that was read from a prefix cache
     */
    cached_input: number;
    /**
     * Part of the input that was written to a prefix cache
     */
    cache_write: number;
    /**
     * Reasoning included
     */
    output: number;
    /**
     * Part of the output that was reasoning
     */
    reasoning: number;
  };
  /**
   * Whether any count is Sahab's estimate instead of the vendor's or the engine's own
   */
  estimated: boolean;
  /**
   * What is charged: decimal, exact; without the attempts that cost something in another currency
   */
  cost: string;
  /**
   * That of the last attempt, such as USD
   */
  currency: string;
  /**
   * What the providers cost by the price book
   */
  provider_cost: string | null;
  /**
   * That of provider_cost
   */
  provider_currency: string | null;
  /**
   * What vendors state as their own bill, in the currency of provider_cost; null where none does
   */
  vendor_cost: string | null;
  /**
   * What the same attempts cost by the price book, to be compared with vendor_cost
   */
  compared_cost: string | null;
  /**
   * Whether attempts cost something in another currency, which reports count in that one
   */
  has_other_currencies: boolean;
  /**
   * From arrival to the end of the answer
   */
  latency_ms: number;
  /**
   * From arrival to the first token; null where none came, or the answer was not streamed
   */
  time_to_first_token_ms: number | null;
  pieces: {
    /**
     * Images that were made
     */
    images: number;
    /**
     * Seconds of sound that were heard
     */
    seconds: number;
    /**
     * Characters that were spoken
     */
    characters: number;
    /**
     * Searches of reranks, and on the web by the vendor
     */
    searches: number;
  };
  /**
   * The user that the client names; empty where it names none
   */
  user: string;
  /**
   * What else the client says of the request by name, such as `session`, and `agent`, the program that sent it
   */
  tags: {
    [k: string]: string;
  };
  /**
   * The name that the client asked for, where it is not the model's own: an alias, or one that leads nowhere. At most 100 characters; else empty
   */
  asked_model: string;
  /**
   * The organisation of the project at that time; empty where it had none
   */
  organisation: string;
  /**
   * What counts against budgets, in the currency of the project
   */
  account_cost: string | null;
  /**
   * That of account_cost
   */
  account_currency: string | null;
  /**
   * The key's name as it is now; null for the admin key and for what is not a key
   */
  key_name: string | null;
  /**
   * How the provider_cost of each attempt came about, by the prices that are declared now for that time; null where these make another cost
   */
  cost_explanations: CostExplanation[];
  refusal: Refusal & {
    [k: string]: unknown;
  };
}
export interface NewConversation {
  title?: string;
  /**
   * The project that pays
   */
  project: string;
  /**
   * One, or two side by side
   *
   * @maxItems 2
   */
  models?: string[];
  /**
   * Prompt of the system
   */
  system?: string;
  /**
   * What requests are made with
   */
  parameters?: {
    temperature?: number;
    top_p?: number;
    max_tokens?: number;
    reasoning_effort?: string;
    /**
     * Whether answers are to be JSON
     */
    json?: boolean;
  };
  /**
   * So many days after its last use it is deleted; null for never. `console.conversation_days` of the configuration bounds it
   */
  keep_days?: 1 | 7 | 30 | null;
  pinned?: boolean;
}
export interface Conversation {
  id: string;
  title: string;
  /**
   * The project that pays
   */
  project: string;
  /**
   * One, or two side by side
   *
   * @maxItems 2
   */
  models: string[];
  /**
   * Prompt of the system
   */
  system: string;
  /**
   * What requests are made with
   */
  parameters: {
    temperature?: number;
    top_p?: number;
    max_tokens?: number;
    reasoning_effort?: string;
    /**
     * Whether answers are to be JSON
     */
    json?: boolean;
  };
  /**
   * So many days after its last use it is deleted; null for never. `console.conversation_days` of the configuration bounds it
   */
  keep_days: 1 | 7 | 30 | null;
  pinned: boolean;
  created_at: string;
  /**
   * When a message was last added or changed
   */
  updated_at: string;
  expires_at: string | null;
  messages: number;
  /**
   * About what it takes in the store
   */
  bytes: number;
}
export interface ConversationChanges {
  title?: string;
  /**
   * The project that pays
   */
  project?: string;
  /**
   * One, or two side by side
   *
   * @maxItems 2
   */
  models?: string[];
  /**
   * Prompt of the system
   */
  system?: string;
  /**
   * What requests are made with
   */
  parameters?: {
    temperature?: number;
    top_p?: number;
    max_tokens?: number;
    reasoning_effort?: string;
    /**
     * Whether answers are to be JSON
     */
    json?: boolean;
  };
  /**
   * So many days after its last use it is deleted; null for never. `console.conversation_days` of the configuration bounds it
   */
  keep_days?: 1 | 7 | 30 | null;
  pinned?: boolean;
}
export interface Message {
  id: string;
  /**
   * The message that it follows; null for a first one
   */
  parent: string | null;
  role: "user" | "assistant";
  status: "complete" | "stopped" | "failed";
  /**
   * @maxItems 16
   */
  content: (
    | {
        type: "text";
        text: string;
      }
    | {
        type: "image";
        url: string;
      }
  )[];
  reasoning: string;
  model: string | null;
  request_id: string | null;
  usage: {
    input_tokens: number;
    cached_input_tokens: number;
    output_tokens: number;
    reasoning_tokens: number;
    cost: string | null;
    currency: string | null;
    /**
     * Whether a count is Sahab's estimate, as where an answer was stopped
     */
    estimated?: boolean;
  } | null;
  timings: {
    first_token_ms: number | null;
    total_ms: number;
  } | null;
  error: {
    code: string;
    message: string;
  } | null;
  /**
   * Why the model ended: `stop`, `length`, `content_filter`, …
   */
  finish: string | null;
  created_at: string;
}
export interface Status {
  version: string;
  started_at: string;
  uptime_seconds: number;
  /**
   * Processes that share the port
   */
  workers: number;
  data_folder: string;
  /**
   * A file, or an address without user and password
   */
  database: string;
  /**
   * Those of the configuration
   */
  models: {
    name: string;
    kind: "local" | "remote" | "mixed";
    /**
     * asleep: loaded when it is asked for; resting: its providers failed a moment ago; unpriced: calls are refused, since it has no known price
     */
    state: "ready" | "loading" | "asleep" | "failed" | "resting" | "unpriced";
    /**
     * Why it is not ready, or why its process last ended
     */
    detail: string | null;
  }[];
  providers: {
    name: string;
    vendor: string;
    /**
     * resting: it failed a moment ago; fault: it is not called. As the process that answers sees it
     */
    state: "ok" | "resting" | "fault";
    detail: string | null;
    /**
     * Models of the configuration that are asked there
     */
    models: number;
    /**
     * Models that it offers since the catalogue has them
     */
    offered: number;
  }[];
  today: {
    /**
     * Midnight in UTC
     */
    since: string;
    requests: number;
    /**
     * One for each currency
     */
    costs: {
      currency: string;
      cost: string;
    }[];
  };
}
export interface Balance {
  /**
   * organisation:NAME, project:NAME or key:ID
   */
  account: string;
  currency: string;
  time_zone: string;
  /**
   * Its budgets, each in the window of now
   */
  windows: {
    period: "day" | "week" | "month" | "total";
    /**
     * Requests over it are not refused
     */
    soft: boolean;
    /**
     * Decimal, exact
     */
    amount: string;
    /**
     * Of records and entries in this window
     */
    spent: string;
    /**
     * Reserved by requests under way
     */
    held: string;
    /**
     * Decimal, exact
     */
    left: string;
    starts_at: string;
    /**
     * null where the budget is for the whole time
     */
    ends_at: string | null;
  }[];
  /**
   * Of an account that spends only what was topped up
   */
  balance: {
    /**
     * Decimal, exact
     */
    topped_up: string;
    /**
     * Decimal, exact
     */
    spent: string;
    /**
     * Decimal, exact
     */
    held: string;
    /**
     * Decimal, exact
     */
    left: string;
  } | null;
  limits: {
    measure: "requests" | "tokens" | "concurrency";
    /**
     * A minute; of concurrency, at a time
     */
    amount: number;
    /**
     * The model or pattern that is counted; null for all requests
     */
    models: string | null;
  }[];
  /**
   * Decimal, exact
   */
  session_budget: string | null;
  project: string | null;
  key: string | null;
  organisation: string | null;
  /**
   * The first of its budgets
   */
  budget: {
    /**
     * Decimal, exact
     */
    amount: string;
    period: string;
  } | null;
  /**
   * Of that budget, reserved by requests under way
   */
  held: string;
  /**
   * In the window of that budget, else in all
   */
  spent: string;
  /**
   * Whether that budget only warns
   */
  soft: boolean;
  /**
   * Whether requests are refused when the budget is used up
   */
  enforced: boolean;
}
export interface Entry {
  id: string;
  time: string;
  kind: "adjustment" | "top-up" | "interrupted";
  organisation: string | null;
  project: string | null;
  key: string | null;
  /**
   * Decimal, exact
   */
  amount: string;
  currency: string;
  note: string;
  /**
   * The key that booked it; null for Sahab itself
   */
  actor: string | null;
}
export interface NewEntry {
  /**
   * The client's own: what is sent twice is booked once
   */
  id?: string;
  kind: "adjustment" | "top-up";
  project?: string;
  /**
   * By its id, or by its name where one key has it
   */
  key?: string;
  organisation?: string;
  /**
   * Decimal: what was spent more, less where it is negative; or what was paid in
   */
  amount: number | string;
  note?: string;
}
export interface Model {
  name: string;
  kind: "local" | "remote" | "mixed";
  targets: {
    provider: string;
    model: string;
    priority: number;
    weight: number;
    /**
     * The wire format that is pinned
     */
    api?: string;
    /**
     * By date, as cloud.yaml takes them; none where the price is unknown
     */
    prices: {
      [k: string]: unknown;
    }[];
    health: TargetHealth;
  }[];
  file: string | null;
  local: LocalModel;
  facts: ModelFacts;
  /**
   * Where it is served first; those of local models are 0 until they are priced
   */
  prices: {
    [k: string]: unknown;
  }[];
  /**
   * What is charged: a factor on what its provider costs, or prices; null where it is what that costs
   */
  charge:
    | {
        /**
         * Decimal, exact
         */
        factor: string;
      }
    | {
        [k: string]: unknown;
      }[]
    | null;
  /**
   * Who manages it; null for what a provider offers by itself, and for aliases
   */
  managed_by: "file" | "console" | "pull" | "environment" | null;
  /**
   * The model's own name, where this is another one
   */
  leads_to?: string;
}
/**
 * As the process that answers sees it
 */
export interface TargetHealth {
  /**
   * It failed a moment ago, and others are preferred
   */
  resting: boolean;
  resting_until: string | null;
  /**
   * Failures since it last worked
   */
  failures: number;
  last_failure_at: string | null;
  /**
   * The code of the last failure
   */
  last_failure: string | null;
  /**
   * Attempts that are open there now
   */
  in_flight: number;
}
/**
 * What is known of it; null for what is not
 */
export interface ModelFacts {
  title: string | null;
  /**
   * chat, embedding, rerank or other
   */
  work: string | null;
  released: string | null;
  /**
   * Prompt and answer together
   */
  context_tokens: number | null;
  output_tokens: number | null;
  /**
   * text, image, pdf, audio, video
   */
  takes: string[] | null;
  gives: string[] | null;
  tools: boolean | null;
  structured_output: boolean | null;
  reasoning: boolean | null;
}
export interface ModelChanges {
  /**
   * @minItems 1
   * @maxItems 64
   */
  targets?:
    | [
        {
          provider: string;
          /**
           * What the provider calls it
           */
          model: string;
          /**
           * Lower is tried first; 1 by default
           */
          priority?: number;
          /**
           * Share of the load among targets of one priority
           */
          weight?: number;
          /**
           * Pins one of the provider's wire formats
           */
          api?: string;
          /**
           * What it costs there, as cloud.yaml takes it; what is stored of the same target where it is left out, and null for none
           */
          price?: {
            [k: string]: unknown;
          };
        },
        ...{
          provider: string;
          /**
           * What the provider calls it
           */
          model: string;
          /**
           * Lower is tried first; 1 by default
           */
          priority?: number;
          /**
           * Share of the load among targets of one priority
           */
          weight?: number;
          /**
           * Pins one of the provider's wire formats
           */
          api?: string;
          /**
           * What it costs there, as cloud.yaml takes it; what is stored of the same target where it is left out, and null for none
           */
          price?: {
            [k: string]: unknown;
          };
        }[]
      ]
    | null;
  /**
   * Settings of a model that has a file here; null takes the file's part away
   */
  local?: {
    context?: number;
    slots?: number;
    /**
     * 30s, 10m, always; null for what is usual
     */
    keep_alive?: string | number | null;
    /**
     * MiB for conversations that have no slot; 0 keeps none, null is what is usual
     */
    cache_ram?: number | null;
    priority?: number;
    weight?: number;
  } | null;
  context?: number | null;
  output?: number | null;
  /**
   * What it costs, as cloud.yaml takes it; null for what the catalogue knows
   */
  price?: {
    [k: string]: unknown;
  };
  /**
   * What is charged, as cloud.yaml takes it; null for what it costs
   */
  charge?: {
    [k: string]: unknown;
  };
}
export interface Alias {
  /**
   * A * at its end matches every name with that beginning
   */
  name: string;
  /**
   * What it leads to
   */
  model: string;
  managed_by: "file" | "console" | "pull" | null;
}
export interface Engines {
  engines: {
    name: string;
    /**
     * stored, loading, ready, draining or failed
     */
    state: string;
    file: string;
    slots: number;
    contextTokens: number;
    pid: number | null;
    restarts: number;
    loadMs: number | null;
    lastError: string | null;
    /**
     * The engine's own report; null when it does not answer
     */
    live: {
      slotsBusy: number;
      queueLength: number;
      memoryRssBytes: number;
      [k: string]: unknown;
    } | null;
    /**
     * Null for one that runs always
     */
    memory: {
      /**
       * loaded, loading, sleeping, waiting, leaving or failed
       */
      state: string;
      residentBytes: number;
      reservedBytes: number;
      estimatedBytes: number | null;
      waiting: number;
      lastUsedAt: string | null;
      sleepsAt: string | null;
      [k: string]: unknown;
    } | null;
    [k: string]: unknown;
  }[];
  /**
   * Null where all models run always
   */
  memory: {
    budgetBytes: number | null;
    reservedBytes: number;
    freeBytes: number | null;
    machineBytes: number;
    [k: string]: unknown;
  } | null;
}
export interface Pull {
  /**
   * hf.co/OWNER/REPO[@REVISION][:QUANT or :FILE.gguf], the same with modelscope.cn, http(s) address, or a path on the machine that runs Sahab, in a folder that its owner allows
   */
  source: string;
  /**
   * SHA-256 of the file in hexadecimal; of a model in parts, one for each. Others are refused
   */
  sha256?: string | [string, ...string[]];
  /**
   * Name of the model; the file's name by default
   */
  name?: string;
  context?: number;
  slots?: number;
}
export interface PullState {
  id: string;
  /**
   * Without what may be secret in it
   */
  source: string;
  state: "running" | "done" | "failed" | "cancelled";
  /**
   * Of one that runs: it asks the hub, fetches, compares the hash, puts the model into the configuration
   */
  phase: "looking" | "fetching" | "checking" | "serving";
  started_at: string;
  ended_at: string | null;
  received_bytes: number;
  total_bytes: number | null;
  bytes_per_second: number | null;
  /**
   * Until all has come, at this speed
   */
  left_seconds: number | null;
  /**
   * The files that a hub has under this name
   */
  found: {
    source: string;
    files: string[];
    quantization: string | null;
    others: {
      quantization: string | null;
      bytes: number;
    }[];
  } | null;
  /**
   * The model's name, once it is served
   */
  model: string | null;
  warnings: string[];
  error: {
    code: string;
    message: string;
  } | null;
}
export interface Vendor {
  /**
   * What a provider names as its vendor
   */
  name: string;
  /**
   * What people call it
   */
  title: string;
  /**
   * machine: without one, the credentials of the server's machine are used
   */
  key: "needed" | "optional" | "machine";
  /**
   * The variable of the server's environment that makes it available
   */
  key_variable: string | null;
  /**
   * Its own address, in which {name} has to be filled in; null where a provider must give one
   */
  base_url: string | null;
  regions: {
    name: string;
    base_url: string;
  }[];
  /**
   * What its regions look like, where they are too many to list
   */
  region_example: string | null;
  /**
   * The wire formats that it offers, the preferred first
   */
  apis: string[];
  /**
   * Models that the catalogue has of it, in its usual region
   */
  models: number;
}
export interface Settings {
  /**
   * What the server was started with; changed by its environment and a new start
   */
  server: {
    host: string;
    port: number;
    tls: boolean;
    workers: number;
    /**
     * null for loopback names and the host
     */
    allowed_hosts: string[] | null;
    data_folder: string;
    database: string;
    /**
     * The cloud.yaml that is applied at each start
     */
    config_file: string | null;
  };
  /**
   * Names of the variables that its environment has, without values
   */
  variables: string[];
  retention: {
    /**
     * null for ever
     */
    usage_days: number | null;
    managed_by: "file" | "console" | "pull" | null;
  };
  memory: {
    budget: string | null;
    managed_by: "file" | "console" | "pull" | null;
  };
  batches: {
    requests_at_once: number | null;
    managed_by: "file" | "console" | "pull" | null;
  };
  cors: {
    origins: string[];
    managed_by: "file" | "console" | "pull" | null;
  };
  /**
   * What holds for everybody who uses the console's chat; their own choice can be stricter only
   */
  console: {
    ai_label: boolean;
    /**
     * null for as long as people choose
     */
    conversation_days: number | null;
    managed_by: "file" | "console" | "pull" | null;
  };
  alerts: {
    host: string;
    at: number[];
    managed_by: "file" | "console" | "pull" | null;
  }[];
  /**
   * Projects whose prompts and answers are kept
   */
  content_logs: {
    project: string;
    days: number;
    managed_by: "file" | "console" | "pull" | null;
  }[];
}
export interface SettingsChanges {
  retention?: {
    usage_days: number | null;
  };
  memory?: {
    budget: string | null;
  };
  batches?: {
    requests_at_once: number | null;
  };
  cors?: {
    /**
     * @maxItems 1000
     */
    origins: string[];
  };
  console?: {
    ai_label?: boolean;
    conversation_days?: number | null;
  };
}
export interface Health {
  /**
   * The worst of the checks'
   */
  status: "ok" | "warning" | "problem";
  checked_at: string;
  checks: {
    /**
     * What was looked at; the same in every version
     */
    check: string;
    status: "ok" | "warning" | "problem";
    /**
     * What was found, and what to do about it
     */
    detail: string;
    /**
     * The same for a program that says it in another language; absent where the English is all there is
     */
    told?: {
      code: string;
      values: {
        [k: string]: string;
      };
    };
  }[];
  version: string;
  /**
   * Of the checkout that runs
   */
  commit: string | null;
  runtime: string;
  platform: string;
  /**
   * That of the data folder
   */
  disk: {
    free_bytes: number;
    size_bytes: number;
  } | null;
  memory: {
    machine_bytes: number;
    free_bytes: number;
    process_bytes: number;
  };
  /**
   * Of the process that answers
   */
  journal: {
    /**
     * Records that are on the disk and not yet in the store
     */
    lag_bytes: number;
    lag_seconds: number;
    /**
     * Why it cannot be written
     */
    fault: string | null;
    /**
     * Records that the disk did not take
     */
    kept_records: number;
  };
  store: {
    kind: "sqlite" | "postgres";
    /**
     * A file, or an address without user and password
     */
    location: string;
    /**
     * How long it took to read the configuration
     */
    answer_ms: number;
  };
}
