// oidc-client-ts in a page of its own origin: a public client with PKCE, its tokens bound by DPoP where the address says so.
/* global oidc */
const dpop = location.pathname.startsWith('/bound')
const settings = async () => {
  const { authority, client_id } = await (await fetch('/settings.json')).json()
  const here = `${location.origin}${dpop ? '/bound' : '/plain'}`
  return {
    authority,
    client_id,
    redirect_uri: here,
    post_logout_redirect_uri: here,
    scope: 'openid profile offline_access',
    acr_values: 'LoA2',
    loadUserInfo: !dpop,
    filterProtocolClaims: false, // acr is one that it would keep from us
    userStore: new oidc.WebStorageStateStore({ store: sessionStorage }),
    ...(dpop ? { dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } } : {})
  }
}
let manager
window.ready = settings().then(found => { manager = new oidc.UserManager(found) })

window.signIn = () => manager.signinRedirect()
window.takeAnswer = async () => tell(await manager.signinCallback())
window.renew = async () => tell(await manager.signinSilent())
window.signOut = () => manager.signoutRedirect({ state: 'bye' })
window.takeReturn = async () => { await manager.signoutCallback(); return await manager.getUser() }
window.revoke = () => manager.revokeTokens()

function tell (user) {
  const { sub, acr, name } = user.profile
  return { sub, acr, name, token_type: user.token_type, access_token: user.access_token, refresh: !!user.refresh_token }
}

// Userinfo as the page itself asks for it: with a proof of its key where its token is bound.
window.askUserinfo = async (method = 'GET', proved = true) => {
  const user = await manager.getUser()
  const address = await manager.metadataService.getUserInfoEndpoint()
  const headers = { Authorization: `${dpop && proved ? 'DPoP' : 'Bearer'} ${user.access_token}` }
  if (dpop && proved) headers.DPoP = await manager.dpopProof(address, user, method)
  const answer = await fetch(address, { method, headers })
  return { status: answer.status, person: answer.ok ? await answer.json() : null }
}

// What a page of any origin may not have: an answer of the authorization endpoint.
window.fetchAuthorization = async () => {
  const address = await manager.metadataService.getAuthorizationEndpoint()
  return await fetch(address).then(() => 'read', () => 'refused')
}
