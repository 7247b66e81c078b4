// Made from the route tables by `npm run generate`. Do not edit.

export interface paths {
    "/api/v1/studio/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a studio account and signs it in. */
        post: operations["members.signup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs a studio member in. */
        post: operations["members.login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Trades a member's refresh token for a new pair of tokens. */
        post: operations["members.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the member's session. */
        post: operations["members.logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's organisations. */
        get: operations["organizations.list"];
        put?: never;
        /** Founds an organisation, owned by the caller. */
        post: operations["organizations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/organizations/{organization_id}/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The projects of an organisation with their environments. */
        get: operations["projects.list"];
        put?: never;
        /** Makes a project with a development and a production environment. */
        post: operations["projects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/environments/{environment_id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys of an environment, newest first, revoked ones included. */
        get: operations["keys.list"];
        put?: never;
        /** Makes an API key. It is shown in this answer and never again. */
        post: operations["keys.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/environments/{environment_id}/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a key everywhere within a second. */
        delete: operations["keys.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/environments/{environment_id}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All settings of an environment, those with their defaults included. */
        get: operations["settings.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/environments/{environment_id}/settings/{setting}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One setting; its version is the ETag. */
        get: operations["settings.read"];
        /** Replaces a setting; with If-Match only that version. Fields left out get their defaults. */
        put: operations["settings.write"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes an account with e-mail and password, and signs it in. */
        post: operations["auth.register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with e-mail and password. */
        post: operations["auth.login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/anonymous": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in the guest of a device; the first time, makes one. */
        post: operations["auth.anonymous"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Trades a refresh token for a new pair of tokens. */
        post: operations["auth.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the session: its tokens and its sockets. */
        post: operations["auth.logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The public keys that verify access tokens. */
        get: operations["auth.jwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The signed-in player's own profile; its version is the ETag. */
        get: operations["profiles.read"];
        /** Changes the fields that are given; with If-Match only that version. */
        put: operations["profiles.update"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/privacy/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the player has agreed to. */
        get: operations["privacy.consents.read"];
        /** Records what the player agrees to, or no longer agrees to. */
        put: operations["privacy.consents.update"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nonces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keeps a payload under a nonce that can be redeemed once. */
        post: operations["nonces.register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nonces/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the payload of a nonce; works once. */
        post: operations["nonces.redeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saves/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The slots of a player. */
        get: operations["saves.list"];
        put?: never;
        /** Writes a new version of a slot, on top of the version it was made from. */
        post: operations["saves.write"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saves/{user_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The versions of a slot, newest first. */
        get: operations["saves.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saves/{user_id}/{save_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest version of a slot, or a given one, with its data. */
        get: operations["saves.read"];
        put?: never;
        post?: never;
        /** Ends a slot with a tombstone; its history stays. */
        delete: operations["saves.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leaderboards/{board_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of a leaderboard, from the top or around the player. */
        get: operations["leaderboards.read"];
        /** Defines a leaderboard; its rules never change afterwards. */
        put: operations["leaderboards.define"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leaderboards/{board_id}/scores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enters the player's score and answers their place. */
        post: operations["leaderboards.submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/realtime/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A ticket that opens one socket, and where to dial. */
        post: operations["realtime.tickets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a batch of events; 202 means they are durable and will be stored exactly once. */
        post: operations["analytics.ingest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers a question about the stored events, day by day in UTC. */
        post: operations["analytics.query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiKey: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "publishable" | "secret";
            name: string;
            prefix: string;
            scopes: ("saves:read" | "saves:write" | "leaderboards:read" | "leaderboards:write" | "analytics:read" | "analytics:write" | "nonces:write" | "tokens:write" | "players:read" | "players:write" | "players:ban" | "privacy:read" | "privacy:write" | "settings:read" | "settings:write" | "webhooks:read" | "webhooks:write" | "usage:read")[];
            /** Format: date-time */
            created_at: string;
            revoked_at: string | null;
        };
        Board: {
            board_id: string;
            /** @enum {string} */
            order: "asc" | "desc";
            /** @enum {string} */
            keep: "best" | "last" | "sum";
        };
        BoardEntry: {
            rank: number;
            /** Format: uuid */
            user_id: string;
            username: string;
            score: number;
        };
        ClientMessage: {
            /** @constant */
            type: "join_room";
            id?: number;
            room_id: string;
        } | {
            /** @constant */
            type: "leave_room";
            id?: number;
        } | {
            /** @constant */
            type: "player_state_update";
            id?: number;
            state: {
                [key: string]: unknown;
            };
        } | {
            /** @constant */
            type: "send_message";
            id?: number;
            /** @constant */
            channel: "room";
            data: unknown;
        } | {
            /** @constant */
            type: "join_queue";
            id?: number;
            mode: string;
            region: string;
            skill_range: [
                number,
                number
            ];
            /** @default 2 */
            players?: number;
        } | {
            /** @constant */
            type: "leave_queue";
            id?: number;
        } | {
            /** @constant */
            type: "ping";
            id?: number;
        };
        Consents: {
            analytics: boolean;
            marketing: boolean;
            voice: boolean;
            third_parties: boolean;
        };
        Environment: {
            /** Format: uuid */
            id: string;
            name: string;
        };
        Member: {
            /** Format: uuid */
            id: string;
            email: string;
            name: string;
            /** Format: date-time */
            created_at: string;
        };
        Organization: {
            /** Format: uuid */
            id: string;
            name: string;
            role: ("owner" | "admin" | "developer" | "live_ops" | "support" | "analyst" | "billing") | null;
            /** Format: date-time */
            created_at: string;
        };
        /** @description RFC 9457 problem details. */
        Problem: {
            /** Format: uri */
            type: string;
            title: string;
            status: number;
            detail: string;
            /** @enum {string} */
            code: "malformed_request" | "malformed_json" | "duplicate_key" | "forbidden_key" | "json_too_deep" | "json_too_complex" | "unsafe_number" | "invalid_text" | "invalid_request" | "invalid_cursor" | "credential_missing" | "credential_invalid" | "token_invalid" | "ticket_invalid" | "token_expired" | "token_reused" | "session_ended" | "invalid_credentials" | "mfa_required" | "account_banned" | "second_factor_required" | "reauthentication_required" | "wrong_key_kind" | "insufficient_scope" | "secret_key_in_browser" | "forbidden" | "consent_required" | "origin_forbidden" | "room_forbidden" | "not_found" | "method_not_allowed" | "request_timeout" | "email_taken" | "username_taken" | "save_conflict" | "board_exists" | "nonce_taken" | "version_mismatch" | "body_too_large" | "unsupported_media_type" | "unsupported_encoding" | "idempotency_key_reused" | "idempotency_key_required" | "rate_limited" | "headers_too_large" | "unknown_message" | "not_in_room" | "room_full" | "room_elsewhere" | "not_queued" | "already_queued" | "already_matched" | "internal" | "busy" | "unavailable";
            request_id: string;
            errors?: {
                pointer: string;
                reason: string;
            }[];
        };
        Project: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            organization_id: string;
            name: string;
            environments: components["schemas"]["Environment"][];
            /** Format: date-time */
            created_at: string;
        };
        Rank: {
            rank: number;
            score: number;
        };
        Save: {
            save_id: string;
            version: number;
            size: number;
            hash: string | null;
            /** Format: date-time */
            updated_at: string;
            metadata: {
                [key: string]: string | number | boolean | null;
            };
            deleted: boolean;
        };
        SaveWithData: {
            save: components["schemas"]["Save"];
            data: unknown;
        };
        ServerMessage: {
            /** @constant */
            type: "welcome";
            /** Format: uuid */
            player_id: string;
            username: string;
            /** Format: uuid */
            node_id: string;
            /** @description how often the server pings */
            heartbeat_seconds: number;
        } | {
            /** @constant */
            type: "room_joined";
            /** @description the id of the message that this answers */
            reply_to?: number;
            room_id: string;
            /** @description everyone in the room, the one who joined included */
            members: {
                /** Format: uuid */
                player_id: string;
                username: string;
                /** @description the last state; null before the first */
                state: {
                    [key: string]: unknown;
                } | null;
            }[];
        } | {
            /** @constant */
            type: "room_left";
            /** @description the id of the message that this answers */
            reply_to?: number;
            room_id: string;
        } | {
            /** @constant */
            type: "player_joined";
            room_id: string;
            /** Format: uuid */
            player_id: string;
            username: string;
        } | {
            /** @constant */
            type: "player_left";
            room_id: string;
            /** Format: uuid */
            player_id: string;
        } | {
            /** @constant */
            type: "state_update";
            /** Format: uuid */
            player_id: string;
            state: {
                [key: string]: unknown;
            };
            /** @description rises with every state update of the room, by whomever */
            seq: number;
        } | {
            /** @constant */
            type: "message";
            /** @constant */
            channel: "room";
            /** Format: uuid */
            from: string;
            data: unknown;
        } | {
            /** @constant */
            type: "queue_joined";
            /** @description the id of the message that this answers */
            reply_to?: number;
            /** Format: uuid */
            ticket_id: string;
        } | {
            /** @constant */
            type: "queue_left";
            /** @description the id of the message that this answers */
            reply_to?: number;
        } | {
            /** @constant */
            type: "match_found";
            /** Format: uuid */
            match_id: string;
            room_id: string;
            players: {
                /** Format: uuid */
                player_id: string;
                username: string;
            }[];
        } | {
            /** @constant */
            type: "pong";
            /** @description the id of the message that this answers */
            reply_to?: number;
            /**
             * Format: date-time
             * @description the server’s clock
             */
            time: string;
        } | {
            /** @constant */
            type: "error";
            /** @description the id of the message that this answers */
            reply_to?: number;
            /** @enum {string} */
            code: "malformed_request" | "malformed_json" | "duplicate_key" | "forbidden_key" | "json_too_deep" | "json_too_complex" | "unsafe_number" | "invalid_text" | "invalid_request" | "invalid_cursor" | "credential_missing" | "credential_invalid" | "token_invalid" | "ticket_invalid" | "token_expired" | "token_reused" | "session_ended" | "invalid_credentials" | "mfa_required" | "account_banned" | "second_factor_required" | "reauthentication_required" | "wrong_key_kind" | "insufficient_scope" | "secret_key_in_browser" | "forbidden" | "consent_required" | "origin_forbidden" | "room_forbidden" | "not_found" | "method_not_allowed" | "request_timeout" | "email_taken" | "username_taken" | "save_conflict" | "board_exists" | "nonce_taken" | "version_mismatch" | "body_too_large" | "unsupported_media_type" | "unsupported_encoding" | "idempotency_key_reused" | "idempotency_key_required" | "rate_limited" | "headers_too_large" | "unknown_message" | "not_in_room" | "room_full" | "room_elsewhere" | "not_queued" | "already_queued" | "already_matched" | "internal" | "busy" | "unavailable";
            detail: string;
        };
        Session: {
            access_token: string;
            refresh_token: string;
            /** @constant */
            token_type: "Bearer";
            expires_in: number;
        };
        Setting: {
            name: string;
            summary: string;
            value: {
                [key: string]: unknown;
            };
            version: number;
            updated_at: string | null;
        };
        Ticket: {
            url: string;
            ticket: string;
            expires_in: number;
        };
        User: {
            /** Format: uuid */
            id: string;
            email: string | null;
            email_verified: boolean;
            username: string;
            avatar_url: string | null;
            /** Format: date-time */
            created_at: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "members.signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "grace@studio.example",
                 *       "password": "a long studio password",
                 *       "name": "Grace"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                    name: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        member: components["schemas"]["Member"];
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `email_taken`: An account with this e-mail exists. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unavailable`: A part that this needs does not answer; try again shortly.
             *
             *     `busy`: Too much is asked of this server at once; try again shortly.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "members.login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "grace@studio.example",
                 *       "password": "a long studio password"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        member: components["schemas"]["Member"];
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_credentials`: The e-mail and password, or the device secret, do not match an account. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unavailable`: A part that this needs does not answer; try again shortly.
             *
             *     `busy`: Too much is asked of this server at once; try again shortly.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "members.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "rt_…"
                 *     }
                 */
                "application/json": {
                    refresh_token: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_reused`: The refresh token was used before; the session has been ended.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "members.logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: The request line, a header, the path or the query is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "organizations.list": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Organization"][];
                        next_cursor: string | null;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `invalid_cursor`: The cursor was not made by this list.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "organizations.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is carried out once and answered alike. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Night Owl Games"
                 *     }
                 */
                "application/json": {
                    name: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        organization: components["schemas"]["Organization"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used before with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "projects.list": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                organization_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Project"][];
                        next_cursor: string | null;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `invalid_cursor`: The cursor was not made by this list.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "projects.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is carried out once and answered alike. */
                "Idempotency-Key"?: string;
            };
            path: {
                organization_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Skirmish"
                 *     }
                 */
                "application/json": {
                    name: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        project: components["schemas"]["Project"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used before with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "keys.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ApiKey"][];
                        next_cursor: null;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "keys.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "secret",
                 *       "name": "Score server",
                 *       "scopes": [
                 *         "leaderboards:write"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @enum {string} */
                    kind: "publishable" | "secret";
                    name: string;
                    scopes?: ("saves:read" | "saves:write" | "leaderboards:read" | "leaderboards:write" | "analytics:read" | "analytics:write" | "nonces:write" | "tokens:write" | "players:read" | "players:write" | "players:ban" | "privacy:read" | "privacy:write" | "settings:read" | "settings:write" | "webhooks:read" | "webhooks:write" | "usage:read")[];
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        key: components["schemas"]["ApiKey"];
                        api_key: string;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "keys.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment_id: string;
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "settings.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Setting"][];
                        next_cursor: null;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "settings.read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment_id: string;
                setting: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        setting: components["schemas"]["Setting"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "settings.write": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment_id: string;
                setting: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "mode": "confirm_email"
                 *     }
                 */
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        setting: components["schemas"]["Setting"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_mismatch`: The thing has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "username": "Ada"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                    username: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["User"];
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `email_taken`: An account with this e-mail exists.
             *
             *     `username_taken`: Another player has this username.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unavailable`: A part that this needs does not answer; try again shortly.
             *
             *     `busy`: Too much is asked of this server at once; try again shortly.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["User"];
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `invalid_credentials`: The e-mail and password, or the device secret, do not match an account.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unavailable`: A part that this needs does not answer; try again shortly.
             *
             *     `busy`: Too much is asked of this server at once; try again shortly.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.anonymous": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "device_secret": "a-secret-that-this-device-minted-once"
                 *     }
                 */
                "application/json": {
                    device_secret: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["User"];
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unavailable`: A part that this needs does not answer; try again shortly.
             *
             *     `busy`: Too much is asked of this server at once; try again shortly.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "rt_…"
                 *     }
                 */
                "application/json": {
                    refresh_token: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        session: components["schemas"]["Session"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_reused`: The refresh token was used before; the session has been ended.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: The request line, a header, the path or the query is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.jwks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: ({
                            kid: string;
                            kty: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                    };
                };
            };
            /** @description `malformed_request`: The request line, a header, the path or the query is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "profiles.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["User"];
                    };
                };
            };
            /** @description `malformed_request`: The request line, a header, the path or the query is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "profiles.update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "Ada Lovelace"
                 *     }
                 */
                "application/json": {
                    username?: string;
                    avatar_url?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["User"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `username_taken`: Another player has this username. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_mismatch`: The thing has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "privacy.consents.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        consents: components["schemas"]["Consents"];
                    };
                };
            };
            /** @description `malformed_request`: The request line, a header, the path or the query is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "privacy.consents.update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "analytics": true
                 *     }
                 */
                "application/json": {
                    analytics?: boolean;
                    marketing?: boolean;
                    voice?: boolean;
                    third_parties?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        consents: components["schemas"]["Consents"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "nonces.register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "nonce": "a-nonce-of-your-own",
                 *       "payload": {
                 *         "seat": 4
                 *       },
                 *       "ttl_seconds": 60
                 *     }
                 */
                "application/json": {
                    nonce: string;
                    payload: unknown;
                    /** @default 60 */
                    ttl_seconds?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        nonce: string;
                        expires_in: number;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `nonce_taken`: This nonce is registered already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "nonces.redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "nonce": "a-nonce-of-your-own"
                 *     }
                 */
                "application/json": {
                    nonce: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        payload: unknown;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "saves.list": {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                user_id: "me" | string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Save"][];
                        next_cursor: string | null;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `invalid_cursor`: The cursor was not made by this list.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "saves.write": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is carried out once and answered alike. */
                "Idempotency-Key"?: string;
            };
            path: {
                user_id: "me" | string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "save_id": "slot1",
                 *       "data": {
                 *         "level": 3,
                 *         "hp": 80
                 *       },
                 *       "metadata": {
                 *         "chapter": "The mill"
                 *       }
                 *     }
                 */
                "application/json": {
                    save_id: string;
                    data: unknown;
                    base_version?: number;
                    metadata?: {
                        [key: string]: string | number | boolean | null;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        save: components["schemas"]["Save"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `save_conflict`: A newer version of the slot exists; `current` carries it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used before with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "saves.history": {
        parameters: {
            query: {
                limit?: number;
                cursor?: string;
                save_id: string;
            };
            header?: never;
            path: {
                user_id: "me" | string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Save"][];
                        next_cursor: string | null;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `invalid_cursor`: The cursor was not made by this list.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "saves.read": {
        parameters: {
            query?: {
                version?: number;
            };
            header?: never;
            path: {
                user_id: "me" | string;
                save_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SaveWithData"];
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "saves.delete": {
        parameters: {
            query?: {
                base_version?: number;
            };
            header?: never;
            path: {
                user_id: "me" | string;
                save_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `save_conflict`: A newer version of the slot exists; `current` carries it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "leaderboards.read": {
        parameters: {
            query?: {
                range?: "global" | "around_me";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                board_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["BoardEntry"][];
                        next_cursor: string | null;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `invalid_cursor`: The cursor was not made by this list.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "leaderboards.define": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                board_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "order": "desc",
                 *       "keep": "best"
                 *     }
                 */
                "application/json": {
                    /** @enum {string} */
                    order: "asc" | "desc";
                    /** @enum {string} */
                    keep: "best" | "last" | "sum";
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        board: components["schemas"]["Board"];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `board_exists`: The leaderboard exists with other rules. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "leaderboards.submit": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request is carried out once and answered alike. */
                "Idempotency-Key"?: string;
            };
            path: {
                board_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "score": 1200
                 *     }
                 */
                "application/json": {
                    score: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rank"];
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used before with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_required`: This write adds up, so it needs an Idempotency-Key. */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "realtime.tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "room_id": "lobby"
                 *     }
                 */
                "application/json": {
                    room_id?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "analytics.ingest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "events": [
                 *         {
                 *           "event_id": "0198c5a2-6f1e-7c3a-9d55-0242ac120002",
                 *           "name": "level.finished",
                 *           "time": "2026-01-31T12:00:00.000Z",
                 *           "properties": {
                 *             "level": 3,
                 *             "seconds": 41.5,
                 *             "perks": [
                 *               "shield"
                 *             ]
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    events: {
                        /** Format: uuid */
                        event_id: string;
                        name: string;
                        /** Format: date-time */
                        time: string;
                        properties?: {
                            [key: string]: unknown;
                        };
                        /** Format: uuid */
                        player_id?: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accepted: number;
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             *
             *     `token_invalid`: The access token is malformed, or not for this environment.
             *
             *     `token_expired`: The access token has expired; refresh the session.
             *
             *     `session_ended`: The session was ended or has expired; sign in again.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             *
             *     `consent_required`: The player has not agreed to this purpose.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unavailable`: A part that this needs does not answer; try again shortly.
             *
             *     `busy`: Too much is asked of this server at once; try again shortly.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "analytics.query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "question": "daily_active_players",
                 *       "from": "2026-01-01",
                 *       "to": "2026-01-31"
                 *     }
                 */
                "application/json": {
                    /** @constant */
                    question: "events_per_day";
                    /** Format: date */
                    from: string;
                    /** Format: date */
                    to: string;
                    name?: string;
                } | {
                    /** @constant */
                    question: "daily_active_players";
                    /** Format: date */
                    from: string;
                    /** Format: date */
                    to: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        rows: ({
                            /** Format: date */
                            day: string;
                            name: string;
                            events: number;
                        } | {
                            /** Format: date */
                            day: string;
                            players: number;
                        })[];
                    };
                };
            };
            /**
             * @description `malformed_request`: The request line, a header, the path or the query is malformed.
             *
             *     `invalid_request`: A value is missing, unknown or out of its bounds; `errors` says which.
             *
             *     `malformed_json`: The body is not JSON.
             *
             *     `duplicate_key`: An object in the body names the same key twice.
             *
             *     `forbidden_key`: An object in the body uses a key that is never accepted.
             *
             *     `json_too_deep`: The body is nested more than 32 levels deep.
             *
             *     `json_too_complex`: The body has more than 300,000 keys, objects and lists.
             *
             *     `unsafe_number`: A number in the body cannot be kept exactly.
             *
             *     `invalid_text`: A text holds invalid UTF-8, a NUL character or half of a surrogate pair.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `credential_missing`: The request carries no credential, or not the kind this route takes.
             *
             *     `credential_invalid`: The API key is unknown or has been revoked.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `insufficient_scope`: The API key, or the role of the member, lacks the scope of this route.
             *
             *     `secret_key_in_browser`: A secret key was sent by a browser; revoke it and use a publishable key.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is larger than this route takes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `unsupported_media_type`: The body is not application/json in UTF-8.
             *
             *     `unsupported_encoding`: The content encoding is unknown or applied twice.
             */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side; `request_id` finds it in the logs. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A part that this needs does not answer; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
