// Counts to the top and begins anew; `last` says that it is there.
module counter #(parameter WIDTH = 8) (input clk, input rst, input en, output reg [WIDTH-1:0] q, output last);
  assign last = &q;
  always @(posedge clk)
    if (rst) q <= 0;
    else if (en) q <= q + 1;
endmodule
