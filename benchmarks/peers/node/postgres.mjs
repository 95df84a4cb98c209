// State in PostgreSQL: one row an entry, prepared statements, a pool of connections.

const SCHEMA = `
  CREATE TABLE entries (
    model text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text, uid text, consumed_at timestamptz,
    expires_at timestamptz NOT NULL, PRIMARY KEY (model, id)
  );
  CREATE INDEX ON entries (grant_id);
  CREATE INDEX ON entries (uid) WHERE uid IS NOT NULL;
  CREATE TABLE accounts (login text PRIMARY KEY, name text NOT NULL, salt bytea NOT NULL, hash bytea NOT NULL)`;
const COLUMNS = "SELECT payload, consumed_at FROM entries";
const CONNECTIONS = 8;

export class PostgresState {
  #pool;

  static async open({ default: pg, Pool = pg?.Pool }, database) {
    const state = new PostgresState();
    state.#pool = new Pool({ connectionString: database, max: CONNECTIONS });
    await state.#pool.query(SCHEMA);
    return state;
  }

  #run(name, text, ...values) {
    return this.#pool.query({ name, text, values });
  }

  async addAccounts(accounts) {
    for (const { login, name, salt, hash } of accounts) {
      await this.#run("add-account", "INSERT INTO accounts VALUES ($1, $2, $3, $4)", login, name, salt, hash);
    }
  }

  async findAccount(login) {
    return (await this.#run("account", "SELECT * FROM accounts WHERE login = $1", login)).rows[0];
  }

  adapterOf(model) {
    const read = ({ rows: [row] }) =>
      row && { ...row.payload, ...(row.consumed_at ? { consumed: Math.floor(row.consumed_at / 1000) } : {}) };
    return {
      find: async (id) =>
        read(await this.#run("find", `${COLUMNS} WHERE model = $1 AND id = $2 AND expires_at > now()`, model, id)),
      findByUid: async (uid) =>
        read(await this.#run("by-uid", `${COLUMNS} WHERE uid = $1 AND model = $2 AND expires_at > now()`, uid, model)),
      findByUserCode: async () => undefined,
      upsert: async (id, payload, expiresIn) => {
        await this.#run(
          "upsert",
          `INSERT INTO entries (model, id, payload, grant_id, uid, expires_at)
           VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
           ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
             uid = excluded.uid, expires_at = excluded.expires_at`,
          model, id, payload, payload.grantId ?? null, payload.uid ?? null, expiresIn,
        );
      },
      consume: async (id) => {
        await this.#run("consume", "UPDATE entries SET consumed_at = now() WHERE model = $1 AND id = $2", model, id);
      },
      destroy: async (id) => {
        await this.#run("destroy", "DELETE FROM entries WHERE model = $1 AND id = $2", model, id);
      },
      revokeByGrantId: async (grantId) => {
        await this.#run("revoke", "DELETE FROM entries WHERE grant_id = $1", grantId);
      },
    };
  }
}
