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
  // For STIX there is no package with the schemas of all objects. One computes identifiers of what
  // is observed; another, of MITRE, has schemas of what its own data has: types of objects with
  // their common properties, relationships, phases of kill chains, and references.
  async stix (text) {
    const mitre = await import('@mitre-attack/attack-data-model')
    const { generateDeterministicId } = await import('@security-alliance/stix/2.1')
    const parts = {
      'ipv4-addr': ['value'], 'ipv6-addr': ['value'], 'mac-addr': ['value'], 'domain-name': ['value'], url: ['value'],
      file: ['hashes', 'name'], 'network-traffic': ['src_ref', 'dst_ref', 'src_port', 'dst_port', 'protocols']
    }
    const faults = []
    const hold = (x, schema, value) => {
      const r = schema.safeParse(value)
      if (!r.success) faults.push(...r.error.issues.map(i => `${x.id} ${i.path.join('.')}: ${i.message}`))
    }
    for (const x of JSON.parse(text).objects) {
      if (mitre.stixTypeSchema.safeParse(x.type).success && 'created' in x) {
        const schema = x.type === 'relationship' ? mitre.stixRelationshipObjectSchema : mitre.stixDomainObjectSchema
        // Its schema of the common properties wants modified, which markings do not have.
        hold(x, schema.loose(), x.type === 'marking-definition' ? { ...x, modified: x.created } : x)
        for (const phase of x.kill_chain_phases || []) hold(x, mitre.killChainPhaseSchema, phase)
        for (const ref of x.external_references || []) hold(x, mitre.externalReferenceSchema, ref)
      }
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
