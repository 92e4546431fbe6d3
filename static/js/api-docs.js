// The page of the interface's documentation: Swagger UI over the description, its few fixed words in Chinese.
(function () {
  "use strict";
  var page = document.getElementById("documentation");
  var words = {
    "Authorize": "填写令牌", "Available authorizations": "令牌", "Authorized": "已填写令牌", "Close": "关闭", "Logout": "清除",
    "Parameters": "参数", "No parameters": "没有参数", "Responses": "返回", "Response": "返回", "Request body": "请求内容",
    "Try it out": "试一试", "Try it out ": "试一试", "Cancel": "取消", "Execute": "发送", "Clear": "清空", "Reset": "还原",
    "Name": "名称", "Description": "说明", "Code": "状态码", "Details": "详情", "Links": "链接", "No links": "无",
    "Media type": "格式", "Example Value": "示例", "Schema": "结构", "Schemas": "数据结构", "Models": "数据结构",
    "Curl": "命令行", "Request URL": "请求网址", "Server response": "服务器返回", "Response body": "返回内容",
    "Response headers": "返回头", "Download": "下载", "required": "必填", "Loading...": "正在载入", "Value:": "令牌：",
    "Controls ": "由它决定返回的格式：", "Send empty value": "发送空值", "Expand all": "全部展开", "Collapse all": "全部收起",
    "Example value": "示例", "Edit Value": "填写", "Undocumented": "未列出", "Duration": "用时", "Request duration": "用时"
  };
  function translate(node) {
    var walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT), text;
    while ((text = walker.nextNode())) {
      var word = words[text.data] || words[text.data.trim()];
      if (word && !text.parentElement.closest("pre, code, textarea, .markdown, .opblock-summary")) text.data = word;
    }
  }
  new MutationObserver(function (changes) {
    changes.forEach(function (change) { translate(change.target); });
  }).observe(page, { childList: true, subtree: true, characterData: true });
  window.SwaggerUIBundle({
    url: page.dataset.schema,
    domNode: page,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: null,
    requestInterceptor: function (request) {
      if (request.url.indexOf(page.dataset.schema) >= 0) request.headers.Accept = "application/json";
      return request;
    }
  });
})();
