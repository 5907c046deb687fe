import FilelogHTTPClient
import FilelogKubernetesAPI
import FilelogText
import Testing

/// Answers as a real API server gave them, and damaged ones.
@Suite struct StatusDecoderTests {
  static func status(
    _ code: Int, _ body: String, headers: HTTPHeaders = ["Content-Type": "application/json"]
  ) -> KubernetesStatus {
    KubernetesStatus(
      answer: HTTPResponse(status: code, headers: headers, body: Array(body.utf8)))
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let code: Int
    let body: String
    let problem: KubernetesProblem
    let text: String
    var testDescription: String { "\(code) \(problem)" }
  }

  static let cases: [Case] = [
    Case(
      code: 401,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#,
      problem: .unauthenticated, text: "401 Unauthorized"),
    Case(
      code: 403,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"other\" is forbidden: User \"system:serviceaccount:monitoring:coll\" cannot patch resource \"configmaps\" in API group \"\" in the namespace \"monitoring\"","reason":"Forbidden","details":{"name":"other","kind":"configmaps"},"code":403}"#,
      problem: .forbidden,
      text:
        #"403 Forbidden: configmaps "other" is forbidden: User "system:serviceaccount:monitoring:coll" cannot patch resource "configmaps" in API group "" in the namespace "monitoring""#
    ),
    Case(
      code: 403,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"rel-filelogoffsets-cm\" is forbidden: ValidatingAdmissionPolicy 'rel-filelogoffsets' with binding 'rel-filelogoffsets' denied request: node node-a may only change binaryData[node-a]","reason":"Forbidden","details":{"name":"rel-filelogoffsets-cm","kind":"configmaps","causes":[{"message":"ValidatingAdmissionPolicy 'rel-filelogoffsets' with binding 'rel-filelogoffsets' denied request: node node-a may only change binaryData[node-a]"}]},"code":403}"#,
      problem: .denied,
      text:
        #"403 Forbidden: configmaps "rel-filelogoffsets-cm" is forbidden: ValidatingAdmissionPolicy 'rel-filelogoffsets' with binding 'rel-filelogoffsets' denied request: node node-a may only change binaryData[node-a]"#
    ),
    Case(
      code: 404,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"m\" not found","reason":"NotFound","details":{"name":"m","kind":"configmaps"},"code":404}"#,
      problem: .notFound, text: #"404 NotFound: configmaps "m" not found"#),
    Case(
      code: 404,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"namespaces \"n\" not found","reason":"NotFound","details":{"name":"n","kind":"namespaces"},"code":404}"#,
      problem: .namespaceNotFound, text: #"404 NotFound: namespaces "n" not found"#),
    Case(
      code: 409,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on configmaps \"i\": the object has been modified; please apply your changes to the latest version and try again","reason":"Conflict","details":{"name":"i","kind":"configmaps"},"code":409}"#,
      problem: .conflict,
      text:
        #"409 Conflict: Operation cannot be fulfilled on configmaps "i": the object has been modified; please apply your changes to the latest version and try again"#
    ),
    Case(
      code: 409,
      body:
        #"{"kind":"Status","status":"Failure","message":"configmaps \"i\" already exists","reason":"AlreadyExists","details":{"name":"i","kind":"configmaps"},"code":409}"#,
      problem: .alreadyExists, text: #"409 AlreadyExists: configmaps "i" already exists"#),
    Case(
      code: 410,
      body:
        #"{"kind":"Status","status":"Failure","message":"too old","reason":"Expired","code":410}"#,
      problem: .expired, text: "410 Expired: too old"),
    Case(
      code: 413,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Request entity too large: limit is 3145728","reason":"RequestEntityTooLarge","code":413}"#,
      problem: .tooLarge,
      text: "413 RequestEntityTooLarge: Request entity too large: limit is 3145728"),
    Case(
      code: 422,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"ConfigMap \"s\" is invalid: []: Too long: may not be more than 1048576 bytes","reason":"Invalid","details":{"name":"s","kind":"ConfigMap","causes":[{"reason":"FieldValueTooLong","message":"Too long: may not be more than 1048576 bytes","field":"[]"}]},"code":422}"#,
      problem: .mapFull,
      text:
        #"422 Invalid: ConfigMap "s" is invalid: []: Too long: may not be more than 1048576 bytes"#),
    Case(
      code: 422,
      body:
        #"{"kind":"Status","status":"Failure","message":"the server rejected our request due to an error in our request","reason":"Invalid","details":{},"code":422}"#,
      problem: .invalid,
      text: "422 Invalid: the server rejected our request due to an error in our request"),
    Case(
      code: 500,
      body:
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"etcdserver: request is too large","code":500}"#,
      problem: .tooLarge, text: "500 InternalError: etcdserver: request is too large"),
    Case(
      code: 500,
      body:
        #"{"kind":"Status","status":"Failure","message":"strconv.ParseUint: parsing \"abc\": invalid syntax","code":500}"#,
      problem: .badRequest,
      text: #"500 InternalError: strconv.ParseUint: parsing "abc": invalid syntax"#),
    Case(
      code: 504,
      body:
        #"{"kind":"Status","status":"Failure","message":"Timeout: request did not complete within requested timeout - context deadline exceeded","reason":"Timeout","details":{},"code":504}"#,
      problem: .serverTimedOut,
      text:
        "504 Timeout: Timeout: request did not complete within requested timeout - context deadline exceeded"
    ),
    Case(
      code: 503, body: "<html>down</html>", problem: .unavailable, text: "503 ServiceUnavailable"),
    Case(code: 302, body: "", problem: .badRequest, text: "302 Redirected"),
  ]

  @Test(arguments: cases) func statusDecodesProblemAndMessage(_ answer: Case) {
    let status = Self.status(answer.code, answer.body)
    #expect(status.problem == answer.problem)
    #expect(status.description == answer.text)
    #expect(status.code == answer.code)
  }

  @Test func throttledPlainTextIsDecoded() {
    let status = Self.status(
      429, "Too many requests, please try again later.\n",
      headers: ["content-type": "text/plain; charset=utf-8", "retry-after": "2"])
    #expect(status.problem == .throttled)
    #expect(status.retryAfter == .seconds(2))
    #expect(
      status.description == "429 TooManyRequests: Too many requests, please try again later.")
  }

  /// What a Go server answers that expects TLS.
  @Test func textWithoutTypeIsDecoded() {
    let text = "Client sent an HTTP request to an HTTPS server.\n"
    #expect(
      Self.status(400, text, headers: [:]).description == "400 BadRequest: \(text.dropLast())")
  }

  @Test(arguments: [
    ("1", Optional(Duration.seconds(1))), ("999999999", .seconds(86_400)), ("0", nil), ("-3", nil),
    ("Fri, 31 Dec 1999 23:59:59 GMT", nil), ("99999999999999999999999", nil), ("", nil),
  ]) func retryAfterAcceptsWholeSeconds(_ header: String, _ wait: Duration?) {
    #expect(Self.status(503, "", headers: ["Retry-After": header]).retryAfter == wait)
  }

  @Test func retryAfterIsReadFromDetails() {
    let status = Self.status(
      504,
      #"{"kind":"Status","reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}}"#
    )
    #expect(status.retryAfter == .seconds(1))
    #expect(status.causes.first?.reason == "ResourceVersionTooLarge")
  }

  @Test func conflictCausesAreDecoded() {
    let status = Self.status(
      409,
      #"{"kind":"Status","message":"Apply failed with 1 conflict","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"nodeA\" using v1","field":".binaryData.nodeA"}]}}"#
    )
    #expect(
      status.causes == [
        .init(
          reason: "FieldManagerConflict", message: #"conflict with "nodeA" using v1"#,
          field: ".binaryData.nodeA")
      ])
  }

  @Test func echoedObjectIsRemovedFromMessage() {
    let secret = String(repeating: "c2VjcmV0", count: 5000)
    let echo = #"{\"apiVersion\":\"v1\",\"binaryData\":{\"n\":\"\#(secret)\"}}"#
    let quoted = #"\"{\\\"binaryData\\\":{\\\"n\\\":\\\"\#(secret)\\\"}}\""#
    for value in [echo, quoted] {
      let text = #"\"\" is invalid: patch: Invalid value: \#(value): illegal base64 data at byte 4"#
      let status = Self.status(
        422,
        #"{"kind":"Status","message":"\#(text)","reason":"Invalid","details":{"causes":[{"reason":"FieldValueInvalid","message":"\#(text)","field":"patch"}]}}"#
      )
      #expect(!status.description.contains("c2VjcmV0"))
      #expect(status.description.utf8.count < 200)
      #expect(status.causes.first?.message.contains("c2VjcmV0") == false)
      #expect(status.causes.first?.field == "patch")
    }
  }

  @Test func longMessageIsTruncated() {
    let status = Self.status(
      422, #"{"kind":"Status","message":"\#(String(repeating: "word ", count: 9999))"}"#)
    #expect(status.message.utf8.count == KubernetesStatus.messageLimit + "…".utf8.count)
  }

  @Test func statusMessageEscapesControlCharacters() {
    let status = Self.status(422, #"{"kind":"Status","message":"a\u001b[31mb\u0000c\nd"}"#)
    #expect(status.message == "a [31mb c d")
  }

  @Test func statusCausesAreLimited() {
    let cause = #"{"reason":"FieldValueInvalid","message":"x","field":"f"}"#
    let causes = Array(repeating: cause, count: 500).joined(separator: ",")
    let status = Self.status(422, #"{"kind":"Status","details":{"causes":[\#(causes)]}}"#)
    #expect(status.causes.count == KubernetesStatus.causeLimit)
  }

  @Test func statusIgnoresFieldsOfWrongType() {
    let status = Self.status(
      404,
      #"{"kind":"Status","message":{"a":1},"reason":[1],"details":{"name":7,"causes":{"a":[]},"retryAfterSeconds":"x"},"code":"x"}"#
    )
    #expect(status == KubernetesStatus(code: 404))
  }

  @Test func nonStatusObjectIsIgnored() {
    let status = Self.status(500, #"{"message":"password=x","reason":"r","kind":"Proxy"}"#)
    #expect(status == KubernetesStatus(code: 500))
  }

  @Test func truncatedStatusIsDecoded() {
    let whole = Self.cases[2].body
    for count in 0..<whole.utf8.count {
      let status = Self.status(403, String(decoding: whole.utf8.prefix(count), as: UTF8.self))
      #expect(status.code == 403)
      #expect(status.reason == nil || status.reason == "Forbidden")
    }
  }

  @Test func truncatedMessageIsKept() {
    let body =
      #"{"kind":"Status","message":"ConfigMap \"m\" is invalid: patch: Invalid value: \"{\\\"a"#
    #expect(
      Self.status(422, body).description
        == #"422 Invalid: ConfigMap "m" is invalid: patch: Invalid value: "…"#)
  }

  @Test func nestingIsPassedOver() {
    let deep = String(repeating: #"{"details":"#, count: 30_000)
    #expect(Self.status(500, deep) == KubernetesStatus(code: 500))
  }
}
