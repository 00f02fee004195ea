// Checks one document: node validate.js cyclonedx|fhir FILE. Faults go to standard
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
  }
}

const [kind, file] = process.argv.slice(2)
checks[kind](fs.readFileSync(file, 'utf8')).then(faults => {
  faults.forEach(f => console.log(f))
  process.exitCode = faults.length ? 1 : 0
})
