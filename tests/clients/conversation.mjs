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
