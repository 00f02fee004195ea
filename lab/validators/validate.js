// Checks one document: node validate.js cyclonedx|fhir|stix FILE. Faults go to standard
// output, one a line; the exit status is 1 if there are any.
'use strict'
const fs = require('fs')

const checks = {
  async cyclonedx (text) {
    const { Spec, Validation } = require('@cyclonedx/cyclonedx-library')
    const faults = await new Validation.JsonStrictValidator(Spec.Version.v1dot7).validate(text)
    return faults === null ? [] : [].concat(faults).map(f => JSON.stringify(f))
  },
  async fhir (text) {
    const { Fhir } = require('fhir')
    const result = new Fhir().validate(JSON.parse(text), { errorOnUnexpected: true })
    return result.messages.filter(m => m.severity === 'error' || m.severity === 'fatal').map(m => `${m.location}: ${m.message}`)
  },
  // For STIX there is no set of schemas in a package; what there is computes identifiers.
  async stix (text) {
    const { generateDeterministicId } = await import('@security-alliance/stix/2.1')
    const parts = {
      'ipv4-addr': ['value'], 'ipv6-addr': ['value'], 'mac-addr': ['value'], 'domain-name': ['value'], url: ['value'],
      file: ['hashes', 'name'], 'network-traffic': ['src_ref', 'dst_ref', 'src_port', 'dst_port', 'protocols']
    }
    const faults = []
    for (const x of JSON.parse(text).objects) {
      if (!(x.type in parts)) continue
      const id = generateDeterministicId(x.type, Object.fromEntries(parts[x.type].filter(p => p in x).map(p => [p, x[p]])))
      if (id !== x.id) faults.push(`${x.id} ought to be ${id}`)
    }
    return faults
  }
}

const [kind, file] = process.argv.slice(2)
checks[kind](fs.readFileSync(file, 'utf8')).then(faults => {
  faults.forEach(f => console.log(f))
  process.exitCode = faults.length ? 1 : 0
})
