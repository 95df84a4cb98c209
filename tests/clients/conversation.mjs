// How the tests talk with these scripts: the task is one JSON argument; the script prints one JSON line with the address to send a
// citizen to, reads one line with the address the citizen came back at, and prints one JSON line with what it got and verified.
import { createInterface } from 'node:readline'

export const task = JSON.parse(process.argv[2])

export function say (what) {
  process.stdout.write(JSON.stringify(what) + '\n')
}

export async function sendCitizenTo (address) {
  say({ address: String(address) })
  for await (const line of createInterface({ input: process.stdin })) return new URL(line)
  throw new Error('the citizen did not come back')
}

let lines

// Says something, and waits for the next line that comes back; for scripts that talk more than once.
export async function ask (what) {
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  say(what)
  const { value, done } = await lines.next()
  if (done) throw new Error('nobody answered')
  return value
}

export function hangUp () {
  process.stdin.destroy()
}
