// What the wallet keeps, in this browser: credentials with their keys, which IndexedDB holds without letting them be read.
const opened = new Promise((resolve, reject) => {
  const asking = indexedDB.open('wallet', 1)
  asking.onupgradeneeded = () => {
    asking.result.createObjectStore('credentials', { keyPath: 'id', autoIncrement: true })
    asking.result.createObjectStore('settings')
  }
  asking.onsuccess = () => resolve(asking.result)
  asking.onerror = () => reject(asking.error)
})

async function act (store, mode, work) {
  const database = await opened
  return new Promise((resolve, reject) => {
    const asking = work(database.transaction(store, mode).objectStore(store))
    asking.onsuccess = () => resolve(asking.result)
    asking.onerror = () => reject(asking.error)
  })
}

export const keep = credential => act('credentials', 'readwrite', store => store.put(credential))
export const listKept = () => act('credentials', 'readonly', store => store.getAll())
export const findSetting = name => act('settings', 'readonly', store => store.get(name))
export const keepSetting = (name, value) => act('settings', 'readwrite', store => store.put(value, name))
