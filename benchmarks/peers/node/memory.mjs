// State in memory. The library's own adapter keeps a thousand entries and walks a grant's members at each token; this one does
// neither, so that the peer is as fast as it can be.

export class MemoryState {
  #entries = new Map();
  #byUid = new Map();
  #byGrant = new Map();
  #accounts = new Map();

  async addAccounts(accounts) {
    for (const account of accounts) this.#accounts.set(account.login, account);
  }

  async findAccount(login) {
    return this.#accounts.get(login);
  }

  adapterOf(model) {
    const keyOf = (id) => `${model}:${id}`;
    const find = async (id) => {
      const entry = this.#entries.get(keyOf(id));
      return entry && entry.endsAt > Date.now() ? entry.payload : undefined;
    };
    return {
      find,
      findByUid: async (uid) => find(this.#byUid.get(uid)),
      findByUserCode: async () => undefined,
      upsert: async (id, payload, expiresIn) => {
        this.#entries.set(keyOf(id), { payload, endsAt: Date.now() + expiresIn * 1000 });
        if (model === "Session") this.#byUid.set(payload.uid, id);
        if (payload.grantId) {
          const members = this.#byGrant.get(payload.grantId) ?? new Set();
          this.#byGrant.set(payload.grantId, members.add(keyOf(id)));
        }
      },
      consume: async (id) => {
        this.#entries.get(keyOf(id)).payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => {
        const entry = this.#entries.get(keyOf(id));
        this.#entries.delete(keyOf(id));
        if (entry?.payload.grantId) this.#byGrant.get(entry.payload.grantId)?.delete(keyOf(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const key of this.#byGrant.get(grantId) ?? []) this.#entries.delete(key);
        this.#byGrant.delete(grantId);
      },
    };
  }
}
