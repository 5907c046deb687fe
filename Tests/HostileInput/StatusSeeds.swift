/// Bodies of refusals as API servers and the proxies before them send them.
enum StatusSeeds {
  static let all = [
    #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#,
    #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"other\" is forbidden: User \"system:serviceaccount:monitoring:coll\" cannot patch resource \"configmaps\" in API group \"\" in the namespace \"monitoring\"","reason":"Forbidden","details":{"name":"other","kind":"configmaps"},"code":403}"#,
    #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"ConfigMap \"m\" is invalid: []: Too long: may not be more than 1048576 bytes","reason":"Invalid","details":{"name":"m","kind":"ConfigMap","causes":[{"reason":"FieldValueTooLong","message":"Too long: may not be more than 1048576 bytes","field":"[]"}]},"code":422}"#,
    #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server was unable to return a response in the time allotted","reason":"Timeout","details":{"retryAfterSeconds":3,"group":"apps","causes":[null,1,"a",{"field":"binaryData[a/b]"}]},"code":504}"#,
    #"{"kind":"ConfigMap","binaryData":{"node":"H4sIAAAA"},"data":{"é😀\n":"1e-7"}}"#,
    #"{"message":"object {\"a\":{\"b\":[1,2]}} \"x\\\"y\" \t end {","details":{"retryAfterSeconds":-0.5}}"#,
    "Too many requests, please try again later.\n", "<html><body>502 Bad Gateway</body></html>",
    "\"", "[", "{", "{\"message\":\"\\ud83d\\ude00 \\u0000 \\ud800\"}", "",
  ]
}
