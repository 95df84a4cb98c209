// node-oidc-provider as a provider with pages of its own, its state in memory or in PostgreSQL.
// Its one argument is a JSON document: port, issuer, modules (where node_modules lies), users, client, database (a URL, or null).

import { generateKeyPairSync, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { MemoryState } from "./memory.mjs";
import { PostgresState } from "./postgres.mjs";

const wanted = JSON.parse(process.argv[2]);
const require = createRequire(pathToFileURL(`${wanted.modules}/`));
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

const hashOf = (password, salt) => pbkdf2Sync(password, salt, 1, 32, "sha256"); // cheap on purpose, as at every peer
const accounts = wanted.users.map(({ login, password, name }) => {
  const salt = randomBytes(16);
  return { login, name, salt, hash: hashOf(password, salt) };
});

const state = wanted.database === null ? new MemoryState() : await PostgresState.open(require("pg"), wanted.database);
await state.addAccounts(accounts);

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const provider = new Provider(wanted.issuer, {
  adapter: (model) => state.adapterOf(model),
  clients: [
    {
      client_id: wanted.client.id,
      client_secret: wanted.client.secret,
      redirect_uris: [wanted.client.redirectUri],
      grant_types: ["authorization_code", "client_credentials"],
      response_types: ["code"],
      id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "measured" }] },
  cookies: { keys: [randomBytes(32).toString("hex")] },
  claims: { openid: ["sub"], profile: ["name"] },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: () => ({ scope: "measure", accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } }),
    },
  },
  ttl: { AccessToken: 600, AuthorizationCode: 60, ClientCredentials: 600, Grant: 86400, IdToken: 600, Interaction: 600, Session: 86400 },
  async findAccount(_ctx, sub) {
    const account = await state.findAccount(sub);
    return account && { accountId: sub, claims: async () => ({ sub, name: account.name }) };
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const asked = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = drawPage(asked);
    return undefined;
  }
  const fields = new URLSearchParams(await readBody(ctx.req));
  const result = asked.prompt.name === "login" ? await judgePassword(fields) : await consent(asked);
  if (result === null) {
    ctx.type = "html";
    ctx.body = drawPage(asked);
    return undefined;
  }
  ctx.status = 303;
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: "consent" in result }));
  ctx.status = 303;
  return undefined;
});

function drawPage({ prompt, params }) {
  const fields =
    prompt.name === "login"
      ? '<input name="login" required><input name="password" type="password" required><button>Sign in</button>'
      : `<p>${String(params.client_id)} asks for ${String(params.scope)}</p><button name="act" value="approve">Approve</button>`;
  return `<!doctype html><html lang="en"><title>Measured</title><form method="post" data-page="${prompt.name}">${fields}</form>`;
}

async function readBody(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

async function judgePassword(fields) {
  const account = await state.findAccount(fields.get("login"));
  const shown = account && hashOf(fields.get("password") ?? "", account.salt);
  return account && timingSafeEqual(shown, account.hash) ? { login: { accountId: account.login } } : null;
}

async function consent({ grantId, session, params, prompt: { details } }) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (details.missingOIDCScope) grant.addOIDCScope(details.missingOIDCScope.join(" "));
  if (details.missingOIDCClaims) grant.addOIDCClaims(details.missingOIDCClaims);
  return { consent: { grantId: await grant.save() } };
}

provider.listen(wanted.port, "127.0.0.1");
